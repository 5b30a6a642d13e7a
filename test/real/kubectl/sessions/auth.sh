kubectl auth whoami | grep -v UID

kubectl auth whoami -o yaml | grep -v -e Timestamp -e uid:

kubectl auth can-i create deployments

kubectl auth can-i '*' '*' --all-namespaces

# fails
kubectl auth can-i get pods --as=jane

kubectl auth can-i --list --as=jane

kubectl auth reconcile -f - <<EOF
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: $NAMESPACE }
rules: [{ apiGroups: [""], resources: [pods, pods/log], verbs: [get, list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: readers, namespace: $NAMESPACE }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: jane }]
EOF

kubectl auth reconcile -f - <<EOF
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: $NAMESPACE }
rules: [{ apiGroups: [apps], resources: [deployments], verbs: [get] }]
EOF

kubectl get role reader -o yaml | grep -A30 ^rules

kubectl auth can-i list pods/log --as=jane

kubectl auth can-i --list --as=jane

kubectl get pods --as=jane

# fails
kubectl get pods --as=jane -A

# fails
kubectl create configmap x --as=jane --as-group=system:authenticated

# fails
kubectl get secrets --as=system:serviceaccount:$NAMESPACE:default

kubectl auth whoami --as=jane --as-group=people --as-uid=7

kubectl create serviceaccount robot
kubectl auth whoami --token=$(kubectl create token robot) -o jsonpath='{.status.userInfo.username} {.status.userInfo.groups}'

# fails
kubectl get pods --token=nonsense --kubeconfig=/dev/null --server=$(kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}') --insecure-skip-tls-verify

kubectl auth can-i get /healthz --as=system:nobody

# fails
kubectl auth can-i get /healthz --as=system:anonymous --as-group=system:unauthenticated

kubectl auth can-i get /version --as=jane --as-group=system:authenticated
