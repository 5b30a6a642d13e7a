kubectl get nodes | awk '{ print $1, $2, $3, $4 }'

kubectl create deployment web --image=registry.example/web:1 --replicas=2
kubectl rollout status deployment/web --timeout=30s | tail -n 1

kubectl cordon node-0

kubectl cordon node-0

kubectl get nodes --no-headers | awk '{print $1, $2}'

# eventually
kubectl describe node node-0 | grep -A1 ^Taints

kubectl create poddisruptionbudget web --selector=app=web --min-available=1
kubectl wait --for=jsonpath='{.status.disruptionsAllowed}'=1 pdb/web --timeout=30s

# The budget leaves one, and nowhere is room for another.
# fails
kubectl drain node-0 --pod-selector=app=web --timeout=2s 2>&1 | sed 's/pods* "web[^"]*"/pod/; s,pod/web[^ ]*,pod/web,' | sort -u; exit 1

kubectl delete pdb web

kubectl drain node-0 --pod-selector=app=web --ignore-daemonsets --timeout=30s | sort -u | tail -n 1

# eventually
kubectl get pods

# eventually
kubectl describe pods -l app=web | grep -A4 ^Events | tail -n 1

kubectl uncordon node-0

kubectl rollout status deployment/web --timeout=30s | tail -n 1

kubectl taint node node-0 dedicated=test:NoSchedule

kubectl describe node node-0 | grep ^Taints

# fails
kubectl taint node node-0 dedicated=test:NoSchedule

kubectl taint node node-0 dedicated=other:NoSchedule --overwrite

kubectl taint node node-0 dedicated-

# fails
kubectl taint node node-0 dedicated-

# fails
kubectl taint node node-0 dedicated=test:Nonsense

# fails
kubectl top nodes

# fails
kubectl top pods

kubectl label node node-0 disk=fast

kubectl get nodes -L disk --no-headers | awk '{print $1, $6}'

kubectl label node node-0 disk-

kubectl delete deployment web
