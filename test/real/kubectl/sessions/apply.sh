cat > web.yaml <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - { name: web, image: "registry.example/web:1", env: [{ name: A, value: a }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: web, labels: { app: web } }
data: { a: "1", b: "2" }
EOF
kubectl apply -f web.yaml

kubectl apply -f web.yaml

# What it would change, in the words of diff; 1 says that there is something.
# fails
sed -e 's/web:1/web:2/' -e 's/a: "1"/a: "9"/' web.yaml | kubectl diff -f - | grep -v -e '^diff' -e '^---' -e '^+++'; exit 1

# fails
sed -e 's/web:1/web:2/' web.yaml | kubectl diff -f - > /dev/null

kubectl diff -f web.yaml

sed -e 's/web:1/web:2/' -e 's/, b: "2"//' -e 's/value: a/value: b/' web.yaml | kubectl apply -f -

kubectl get configmap web -o jsonpath='{.data}'

kubectl get deployment web -o jsonpath='{.spec.template.spec.containers}'

kubectl apply -f web.yaml --dry-run=server

kubectl apply -f web.yaml --dry-run=client

kubectl apply view-last-applied configmap/web

kubectl apply edit-last-applied configmap/web --field-manager=x 2>&1 | head -n 1; true

kubectl apply set-last-applied -f web.yaml

# fails
kubectl apply -f web.yaml --server-side --field-manager=other

kubectl apply -f web.yaml --server-side --force-conflicts --field-manager=other

kubectl get configmap web -o yaml --show-managed-fields | grep -v -e time: -e uid:

kubectl apply --server-side --field-manager=third -f - <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata: { name: web }
data: { c: "3" }
EOF

# fails
kubectl apply --server-side --field-manager=third -f - <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata: { name: web }
data: { a: x, c: "3" }
EOF

kubectl apply --server-side --field-manager=third -f - <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata: { name: web }
EOF

kubectl get configmap web -o jsonpath='{.data}'

# fails
kubectl diff --server-side --field-manager=fourth --force-conflicts -f - <<'EOF' | grep '^[+-] '
apiVersion: v1
kind: ConfigMap
metadata: { name: web }
data: { a: diff }
EOF
exit 1

# Sets: what is no longer among the files goes away.
mkdir set
for name in one two; do
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: %s }\n' $name > set/$name.yaml
done
KUBECTL_APPLYSET=true kubectl apply -n $NAMESPACE --server-side --prune --applyset=set -f set

rm set/one.yaml
KUBECTL_APPLYSET=true kubectl apply -n $NAMESPACE --server-side --prune --applyset=set -f set

kubectl get configmaps,secrets -o custom-columns=NAME:.metadata.name,TYPE:.type,LABELS:.metadata.labels

kubectl get secret set -o jsonpath='{.metadata.annotations}'

# The older way of pruning.
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: kept, labels: { prune: me } }\n' > kept.yaml
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: gone, labels: { prune: me } }\n' > gone.yaml
kubectl apply -f kept.yaml -f gone.yaml
kubectl apply -f kept.yaml --prune -l prune=me --prune-allowlist=core/v1/ConfigMap

mkdir -p base
cat > base/kustomization.yaml <<'EOF'
resources: [map.yaml]
namePrefix: k-
configMapGenerator:
  - name: generated
    literals: [a=1]
EOF
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: base }\ndata: { a: "1" }\n' > base/map.yaml
kubectl apply -k base

kubectl delete -k base

cat > editor <<'EOF'
#!/bin/sh
sed -i -e 's/a: "1"/a: edited/' "$1"
EOF
chmod +x editor
KUBE_EDITOR=./editor kubectl edit configmap web
kubectl get configmap web -o jsonpath='{.data.a}'

KUBE_EDITOR=true kubectl edit configmap web

# Of a scale nothing can be edited.
# fails
cat > twice <<'EOF'
#!/bin/sh
sed -i -e '/^spec/,/^status/s/replicas: .*/replicas: 2/' "$1"
EOF
chmod +x twice
KUBE_EDITOR=./twice kubectl edit deployment web --subresource=scale

kubectl patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"registry.example/web:3"}]}}}}'

kubectl patch deployment web --type=merge -p '{"metadata":{"labels":{"patched":"merge"}}}'

kubectl patch deployment web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":1},{"op":"test","path":"/metadata/labels/patched","value":"merge"}]'

kubectl patch deployment web --type=merge -p '{"metadata":{"labels":{"patched":"merge"}}}'

# fails
kubectl patch deployment web --type=json -p '[{"op":"test","path":"/metadata/labels/patched","value":"x"}]'

# fails
kubectl patch deployment web -p '{"spec":{"replicas":"x"}}'

# fails
kubectl patch deployment nothing -p '{}'

kubectl patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'

kubectl patch deployment web --subresource=status --type=merge -p '{"status":{}}' -o name

kubectl get deployment web -o jsonpath='{.metadata.labels} {.spec.replicas} {.spec.template.spec.containers[*].image}'

kubectl get configmap web -o yaml | sed 's/a: .*/a: replaced/' | kubectl replace -f -

kubectl get configmap web -o yaml | sed 's/resourceVersion: .*/resourceVersion: "1"/' > old.yaml

# fails
kubectl replace -f old.yaml

kubectl replace --force -f kept.yaml

# fails
kubectl replace -f gone.yaml

kubectl delete configmap kept --dry-run=server

kubectl delete configmap kept --now

# fails
kubectl delete configmap kept

kubectl delete configmap kept --ignore-not-found

kubectl rollout status deployment/web --timeout=30s | tail -n 1

kubectl delete deployment web --cascade=orphan

kubectl get replicasets -l app=web -o jsonpath='{.items[*].metadata.ownerReferences}'

kubectl delete replicasets -l app=web --cascade=foreground | cut -d' ' -f2-

# eventually
kubectl get pods

kubectl run forced --image=registry.example/forced:1
kubectl wait --for=condition=Ready pod/forced --timeout=30s

kubectl delete pod forced --grace-period=0 --force

kubectl run patient --image=registry.example/patient:1 --overrides='{"metadata":{"finalizers":["example.com/wait"]},"spec":{"terminationGracePeriodSeconds":1}}'
kubectl wait --for=condition=Ready pod/patient --timeout=30s
kubectl delete pod patient --wait=false

# fails
kubectl delete pod patient --timeout=1s

kubectl patch pod patient --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'

kubectl wait --for=delete pod/patient --timeout=30s
