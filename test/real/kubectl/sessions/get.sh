# Lists in all forms.
cat > web.yaml <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: { app: web, tier: front }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata:
      labels: { app: web, tier: front }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: registry.example/web:1
          ports: [{ containerPort: 8080, name: http }]
          resources: { requests: { cpu: 100m, memory: 64Mi } }
---
apiVersion: v1
kind: Service
metadata:
  name: web
  labels: { app: web }
spec:
  selector: { app: web }
  ports: [{ port: 80, targetPort: http, name: http }]
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  labels: { app: web }
data: { a: "1", b: "2" }
EOF
kubectl apply -f web.yaml && kubectl rollout status deployment/web | tail -n 1

# eventually
kubectl get deployments,replicasets,pods,services

# eventually
kubectl get all -o wide --show-labels

kubectl get pods -l app=web,tier=front --no-headers

kubectl get pods -l 'app in (a, b)'

kubectl get pods -l app!=web -A --field-selector=metadata.namespace=$NAMESPACE

kubectl get pods --field-selector=status.phase=Running,spec.nodeName=node-0

# fails
kubectl get pods --field-selector=spec.image=x

kubectl get pods --field-selector=status.phase!=Running

kubectl get pods -L app,tier --label-columns missing

kubectl get pods -o custom-columns=IMAGE:.spec.containers[0].image,NODE:.spec.nodeName,NONE:.spec.none

kubectl get pods -o jsonpath='{range .items[*]}{.status.phase}{"\n"}{end}'

kubectl get pods -o go-template='{{range .items}}{{.spec.restartPolicy}}{{"\n"}}{{end}}'

kubectl get deployment web -o name

kubectl get deployment web -o yaml | sed '/^ *uid:/d; /Time: /d'

kubectl get service web -o json

kubectl get configmap web -o yaml

kubectl get events --field-selector=reason=ScalingReplicaSet -o custom-columns=K:.involvedObject.kind,M:.message,R:.reason

for name in c a b; do kubectl create configmap $name --from-literal=name=$name; done

kubectl get configmaps --sort-by=.metadata.name

kubectl get configmaps --sort-by=.data.name -o name

kubectl get configmaps --chunk-size=2

kubectl get configmaps a b web

# fails
kubectl get configmaps a nothing b

kubectl get configmaps nothing --ignore-not-found

# fails
kubectl get pods nothing

# fails
kubectl get nonsense

# fails
kubectl get configmap/a pods

kubectl get secrets

kubectl get -f web.yaml

kubectl get deployments -A --field-selector=metadata.namespace=$NAMESPACE

kubectl get deployment web --subresource=scale

kubectl get deployment web --subresource=status -o jsonpath='{.status.replicas}'

kubectl get deployment web --subresource=scale -o yaml | grep -v -i timestamp

# The two provisioners differ.
kubectl get storageclass,priorityclasses | sed 's/ [a-z.]*\/[a-z-]* / PROVISIONER /'

kubectl get namespace kube-system default

# eventually
kubectl get endpoints,endpointslices

# Watches: what is there, then what happens.
mkfifo events
kubectl get configmap a --watch --output-watch-events > events &
{
  read -r line; echo "$line"
  read -r line; echo "$line"
  kubectl label configmap a step=1
  read -r line; echo "$line"
  kubectl delete configmap a
  read -r line; echo "$line"
} < events
kill $!

kubectl delete -f web.yaml --wait=true
