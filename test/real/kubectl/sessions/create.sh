kubectl create configmap settings --from-literal=a=1 --from-literal=b=2 -o yaml | grep -v -e uid: -e resourceVersion:

kubectl create secret generic token --from-literal=token=secret

kubectl create secret docker-registry pull --docker-server=registry.example --docker-username=u --docker-password=p

kubectl get secrets -o custom-columns=NAME:.metadata.name,TYPE:.type

kubectl create deployment web --image=registry.example/web:1 --replicas=2 --port=8080 -- serve --now

kubectl create service clusterip web --tcp=80:8080

kubectl create service nodeport outside --tcp=80:8080

kubectl create service externalname elsewhere --external-name=web.example

kubectl get services

kubectl create job once --image=registry.example/once:1 -- once

kubectl create cronjob nightly --image=registry.example/nightly:1 --schedule='0 3 * * *'

kubectl create job by-hand --from=cronjob/nightly

kubectl wait --for=condition=complete job/once job/by-hand --timeout=30s

# eventually
kubectl get jobs,cronjobs

kubectl create ingress web --rule='web.example/=web:80' --class=none

kubectl get ingress

kubectl create poddisruptionbudget web --selector=app=web --min-available=1

# eventually
kubectl get pdb

kubectl create serviceaccount robot

kubectl create role reader --verb=get,list --resource=pods,deployments.apps

kubectl create rolebinding readers --role=reader --serviceaccount=$NAMESPACE:robot --user=jane

kubectl create clusterrole create-$NAMESPACE --verb=get --non-resource-url=/metrics -o name | sed "s/$NAMESPACE/NS/"

kubectl create clusterrolebinding create-$NAMESPACE --clusterrole=create-$NAMESPACE --group=watchers -o name | sed "s/$NAMESPACE/NS/"

kubectl delete clusterrole,clusterrolebinding create-$NAMESPACE

kubectl get roles,rolebindings -o wide

kubectl create priorityclass $NAMESPACE --value=10 --description=none && kubectl delete priorityclass $NAMESPACE

kubectl create token robot --duration=1h | cut -d. -f1 | base64 -d 2>/dev/null | grep -c alg

kubectl create token robot --bound-object-kind=Secret --bound-object-name=token -o yaml | grep -v -e token: -e Timestamp -e uid -e kubernetes.default

# fails
kubectl create token nobody

kubectl create namespace $NAMESPACE-x --dry-run=server

kubectl create namespace $NAMESPACE-x --dry-run=client -o yaml

kubectl create deployment dry --image=registry.example/dry:1 --dry-run=server -o yaml | grep -v uid:

# fails
kubectl create configmap settings

# fails
kubectl create -f - <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata: { name: strict }
data: { a: "1" }
dta: {}
EOF

kubectl create --validate=warn -f - <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata: { name: strict }
dta: {}
EOF

kubectl create --validate=ignore -f - <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata: { generateName: made- }
dta: {}
EOF

# fails
kubectl create -f - <<'EOF'
apiVersion: v9
kind: ConfigMap
metadata: { name: x }
EOF

# fails
kubectl create -f - <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata: { name: bad }
spec:
  replicas: many
  selector: { matchLabels: { a: b } }
  template: { metadata: { labels: { a: c } }, spec: { containers: [{ name: x }] } }
EOF

kubectl run one --image=registry.example/one:1 --port=80 --labels=run=yes --env=A=b --restart=Never

kubectl run two --image=registry.example/two:1 --expose --port=8080

kubectl wait --for=condition=Ready pod/one pod/two --timeout=30s

kubectl delete pods,deployments,services,jobs,cronjobs --all --grace-period=1
