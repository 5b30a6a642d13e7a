# What the server keeps about itself.
kubectl get services,endpointslices -n default --show-labels | grep -E '^NAME|/kubernetes ' | sed -E 's/IPv4 +[0-9]+ +[0-9.]+ /IPv4  PORT  ADDRESS /'

kubectl get service kubernetes -n default -o wide --no-headers

kubectl get service kubernetes -n default -o jsonpath='{.spec.clusterIP} {.spec.ports[*].name} {.spec.ports[*].port}'

# Without its Events: a real server that has just started may repair its addresses.
kubectl describe service kubernetes -n default --show-events=false | grep -v -E '^(Endpoints|TargetPort):'

kubectl get endpoints kubernetes -n default -o jsonpath='{.metadata.labels} {.subsets[*].ports[*].name}'

kubectl get configmaps -n kube-system -o name

kubectl get configmap -n kube-system kube-apiserver-legacy-service-account-token-tracking -o jsonpath='{.data.since}' | grep -E '^20[0-9]{2}-[0-9]{2}-[0-9]{2}$' | wc -c

kubectl get configmap -n kube-system extension-apiserver-authentication -o jsonpath='{.data.client-ca-file}' | head -n 1

# fails
kubectl create service clusterip other --clusterip=10.96.0.1 --tcp=80

# eventually
kubectl delete configmap -n kube-system extension-apiserver-authentication && kubectl get configmap -n kube-system extension-apiserver-authentication -o name

# fails
kubectl exec none -- ls

kubectl run web --image=web:1 && kubectl wait --for=condition=Ready pod/web

# fails
kubectl get --raw /api/v1/namespaces/$NAMESPACE/pods/none/proxy/

# fails
kubectl get --raw /api/v1/namespaces/$NAMESPACE/services/none/proxy/

kubectl create clusterrole none-$NAMESPACE --verb=get --resource=pods --dry-run=server -o jsonpath='{.rules}'

kubectl get clusterroles admin -o jsonpath='{.aggregationRule.clusterRoleSelectors}' && kubectl delete pod web --now
