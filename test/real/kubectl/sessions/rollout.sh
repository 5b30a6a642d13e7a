kubectl create deployment web --image=registry.example/web:1 --replicas=2
kubectl annotate deployment web kubernetes.io/change-cause=first

kubectl rollout status deployment/web --timeout=30s | tail -n 1

kubectl set image deployment/web web=registry.example/web:2
kubectl annotate deployment web kubernetes.io/change-cause=second --overwrite
kubectl rollout status deployment/web --timeout=30s | tail -n 1

kubectl rollout history deployment/web

kubectl rollout history deployment/web --revision=1

kubectl rollout undo deployment/web
kubectl rollout status deployment/web --timeout=30s | tail -n 1

kubectl rollout history deployment/web

# fails
kubectl rollout undo deployment/web --to-revision=9

kubectl rollout undo deployment/web --to-revision=2 --dry-run=server

kubectl rollout pause deployment/web

# fails
kubectl rollout pause deployment/web

# fails
kubectl rollout restart deployment/web

kubectl rollout resume deployment/web

kubectl rollout restart deployment/web
kubectl rollout status deployment/web --timeout=30s | tail -n 1

kubectl scale deployment/web --replicas=3

kubectl wait --for=jsonpath='{.status.readyReplicas}'=3 deployment/web --timeout=30s

# fails
kubectl scale deployment/web --replicas=1 --current-replicas=7

# fails
kubectl scale configmap/kube-root-ca.crt --replicas=1

kubectl autoscale deployment/web --min=1 --max=5 --cpu-percent=80

kubectl get hpa -o custom-columns=NAME:.metadata.name,MIN:.spec.minReplicas,MAX:.spec.maxReplicas,METRICS:.spec.metrics

kubectl delete hpa web

kubectl expose deployment/web --port=80 --target-port=8080 --name=exposed

kubectl get service exposed -o jsonpath='{.spec.ports} {.spec.selector}'

kubectl label deployment web tier=front

# fails
kubectl label deployment web tier=back

kubectl label deployment web tier=back --overwrite

kubectl label deployment web tier-

kubectl label pods -l app=web all=yes | cut -d' ' -f2-

# fails
kubectl label deployment web 'bad label=x'

# fails
kubectl label deployment web bad=-x-

kubectl annotate deployment web note='a b' && kubectl annotate deployment web --list | grep note

kubectl annotate deployment web note-

kubectl set env deployment/web A=1 B=2

kubectl set env deployment/web --list

kubectl set resources deployment/web --limits=cpu=200m,memory=128Mi --requests=cpu=100m

kubectl create serviceaccount robot
kubectl set serviceaccount deployment/web robot

kubectl set selector service exposed app=other -o name

kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0]} {.spec.template.spec.serviceAccountName}'

kubectl rollout status deployment/web --timeout=30s | tail -n 1

# eventually
kubectl get replicasets --sort-by=.spec.replicas

# A roll-out that cannot end.
kubectl patch deployment web -p '{"spec":{"progressDeadlineSeconds":2,"template":{"spec":{"nodeSelector":{"no":"such"}}}}}'

# fails
kubectl rollout status deployment/web --timeout=20s > /dev/null

# eventually
kubectl get deployment web -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason}{"\n"}{end}'

# fails
kubectl wait --for=condition=Available=False deployment/web --timeout=1s

kubectl apply -f - <<'EOF'
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  replicas: 2
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{ name: db, image: "registry.example/db:1" }]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{ name: agent, image: "registry.example/agent:1" }]
EOF
kubectl rollout status statefulset/db --timeout=30s | tail -n 1
kubectl rollout status daemonset/agent --timeout=30s | tail -n 1

kubectl set image statefulset/db db=registry.example/db:2
kubectl rollout status statefulset/db --timeout=30s | tail -n 1

kubectl rollout undo statefulset/db
kubectl rollout status statefulset/db --timeout=30s | tail -n 1

kubectl rollout history statefulset/db

kubectl rollout restart daemonset/agent
kubectl rollout status daemonset/agent --timeout=30s | tail -n 1

kubectl rollout history daemonset/agent

kubectl scale statefulset/db --replicas=1
kubectl wait --for=delete pod/db-1 --timeout=30s

# eventually
kubectl get statefulsets,daemonsets,controllerrevisions -o wide

kubectl delete deployments,statefulsets,daemonsets --all
