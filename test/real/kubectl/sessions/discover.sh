kubectl version | grep Server

kubectl api-versions | sort | grep -v -e example -e istio

kubectl api-resources --sort-by=name

kubectl api-resources --namespaced=false -o name | sort

kubectl api-resources --api-group=apps -o wide

kubectl api-resources --verbs=create,list --categories=all

kubectl cluster-info

kubectl explain pods

kubectl explain deployment.spec.strategy.rollingUpdate.maxSurge

kubectl explain service.spec --recursive

kubectl explain horizontalpodautoscalers --api-version=autoscaling/v2 | head -n 20

# fails
kubectl explain pods.nonsense

# fails
kubectl explain nonsense

cat > crd.yaml <<'EOF'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.kubectl.example }
spec:
  group: kubectl.example
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget, shortNames: [wd], categories: [all] }
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
        scale: { specReplicasPath: .spec.count, statusReplicasPath: .status.count, labelSelectorPath: .status.selector }
      additionalPrinterColumns:
        - { name: Size, type: string, jsonPath: .spec.size, description: How large it is. }
        - { name: Count, type: integer, jsonPath: .spec.count }
        - { name: Wide, type: string, jsonPath: .spec.colour, priority: 1 }
        - { name: Age, type: date, jsonPath: .metadata.creationTimestamp }
      schema:
        openAPIV3Schema:
          description: A thing.
          type: object
          properties:
            spec:
              type: object
              description: What is wanted.
              required: [size]
              properties:
                size: { type: string, enum: [small, large], description: How large it is. }
                count: { type: integer, default: 1, minimum: 0 }
                colour: { type: string, pattern: "^[a-z]+$" }
                parts:
                  type: array
                  items: { type: object, properties: { name: { type: string } } }
              x-kubernetes-validations:
                - { rule: "self.size != 'small' || self.count < 3", message: small ones come in twos }
            status: { type: object, x-kubernetes-preserve-unknown-fields: true }
EOF
kubectl apply -f crd.yaml && kubectl wait --for=condition=Established crd/widgets.kubectl.example --timeout=30s

# eventually
kubectl explain widgets

# eventually
kubectl explain widget.spec --recursive

# eventually
kubectl explain wd.spec.parts

# eventually
kubectl api-resources --api-group=kubectl.example -o wide

kubectl apply -f - <<'EOF'
apiVersion: kubectl.example/v1
kind: Widget
metadata: { name: a }
spec: { size: large, colour: blue }
EOF

kubectl get wd

kubectl get widgets.kubectl.example -o wide

kubectl get widget a -o yaml | grep -v uid:

kubectl describe widget a

# In no certain order.
# fails
kubectl apply -f - <<'EOF' 2>&1 | sort
apiVersion: kubectl.example/v1
kind: Widget
metadata: { name: bad }
spec: { size: huge, colour: "7", count: -1 }
EOF
exit 1

# fails
kubectl apply -f - <<'EOF'
apiVersion: kubectl.example/v1
kind: Widget
metadata: { name: bad }
spec: { size: small, count: 5, unknown: 1 }
EOF

# fails
kubectl apply --validate=ignore -f - <<'EOF'
apiVersion: kubectl.example/v1
kind: Widget
metadata: { name: bad }
spec: { size: small, count: 5, unknown: 1 }
EOF

kubectl scale widget a --replicas=4

kubectl get widget a --subresource=scale

# fails
kubectl patch widget a -p '{"spec":{"count":3}}'

kubectl patch widget a --type=merge -p '{"spec":{"count":3}}'

kubectl patch widget a --type=merge --subresource=status -p '{"status":{"count":2}}'

kubectl wait --for=jsonpath='{.status.count}'=2 widget/a

kubectl get all

kubectl delete widget a

kubectl delete crd widgets.kubectl.example

# fails
kubectl get widgets

kubectl get --raw /healthz

kubectl get --raw "/api/v1/namespaces/$NAMESPACE/configmaps?limit=1" | grep -c kube-root-ca

# fails
kubectl get --raw /apis/nonsense/v1

# fails
kubectl get --raw /nonsense

kubectl replace --raw "/api/v1/namespaces/$NAMESPACE/configmaps/kube-root-ca.crt" -f - <<'EOF' | grep -c v1
{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"kube-root-ca.crt"},"data":{"ca.crt":""}}
EOF

mkfifo proxied
kubectl proxy --port=0 > proxied &
exec 3< proxied
read -r line <&3
port=${line##*:}
node -e 'fetch(`http://127.0.0.1:${process.argv[1]}/api/v1/namespaces/default`).then((r) => r.json()).then((o) => console.log(o.kind, o.metadata.name))' "$port"
kill $!
