cat > all.yaml <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web }, annotations: { note: x } }
    spec:
      terminationGracePeriodSeconds: 1
      volumes:
        - name: data
          persistentVolumeClaim: { claimName: data }
        - name: config
          configMap: { name: config }
        - name: secret
          secret: { secretName: secret }
        - name: scratch
          emptyDir: {}
      initContainers:
        - name: prepare
          image: registry.example/prepare:1
          command: [prepare, --all]
      containers:
        - name: web
          image: registry.example/web:1
          args: [serve]
          ports: [{ containerPort: 8080, name: http }]
          env:
            - { name: PLAIN, value: text }
            - { name: KEY, valueFrom: { secretKeyRef: { name: secret, key: key } } }
            - { name: POD, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
          envFrom: [{ configMapRef: { name: config } }]
          resources: { requests: { cpu: 100m, memory: 64Mi }, limits: { memory: 128Mi } }
          readinessProbe: { httpGet: { path: /ready, port: http } }
          livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 7 }
          volumeMounts:
            - { name: data, mountPath: /data }
            - { name: config, mountPath: /config, readOnly: true }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  type: NodePort
  selector: { app: web }
  ports: [{ port: 80, targetPort: http, name: http }]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 1Gi } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: config }
data: { long: "a\nb\n" }
---
apiVersion: v1
kind: Secret
metadata: { name: secret }
stringData: { key: value }
---
apiVersion: batch/v1
kind: Job
metadata: { name: once }
spec:
  completions: 2
  parallelism: 2
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: once, image: registry.example/once:1 }]
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers: [{ name: nightly, image: registry.example/nightly:1 }]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  replicas: 1
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{ name: db, image: registry.example/db:1 }]
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
      containers: [{ name: agent, image: registry.example/agent:1 }]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec:
  rules:
    - host: web.example
      http:
        paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { name: http } } } }]
---
apiVersion: v1
kind: ResourceQuota
metadata: { name: quota }
spec: { hard: { configmaps: "10" } }
---
apiVersion: v1
kind: LimitRange
metadata: { name: limits }
spec: { limits: [{ type: Container, max: { cpu: "2" } }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed }
spec: { podSelector: {}, policyTypes: [Ingress] }
EOF
kubectl create -f all.yaml

kubectl rollout status deployment/web --timeout=30s | tail -n 1
kubectl rollout status statefulset/db --timeout=30s | tail -n 1
kubectl rollout status daemonset/agent --timeout=30s | tail -n 1

# What the node says of its containers is its own.
# eventually
kubectl describe pods -l app=web | grep -v -e kubelet -e kwok -e 'Container ID' -e 'Image ID' -e PodReadyToStartContainers

# eventually
kubectl describe deployment web

# eventually
kubectl describe replicaset -l app=web

# eventually
kubectl describe service web

# The two provisioners differ.
# eventually
kubectl describe pvc data | grep -v -e provision -e Volume: -e WaitForFirst -e hostPath

kubectl wait --for=condition=complete job/once --timeout=30s

# eventually
kubectl describe job once | sed 's/Duration:.*//'

kubectl describe cronjob nightly

# eventually
kubectl describe statefulset db

# eventually
kubectl describe daemonset agent

kubectl describe configmap config

kubectl describe secret secret

# eventually
kubectl describe pdb web

kubectl describe ingress web

# eventually
kubectl describe quota quota

kubectl describe limitrange limits

kubectl describe networkpolicy closed

# eventually
kubectl describe endpointslice -l kubernetes.io/service-name=web

kubectl describe serviceaccount default

# Conditions, annotations and the Lease are those that kubelets write.
kubectl describe node node-0 | sed -n '/^Name/,/zone=/p; /^Taints/p; /^Unschedulable/p; /^Non-terminated/p; /^Allocated/,/^  ephemeral/p' | grep -v instance-type

kubectl describe namespace $NAMESPACE

kubectl describe clusterrole edit | head -n 20

kubectl describe clusterrolebinding cluster-admin

kubectl describe storageclass standard | grep -v Provisioner

kubectl describe deployments --selector=app=none

# fails
kubectl describe deployment nothing

# eventually
kubectl events --for deployment/web

# eventually
kubectl events --types=Warning

kubectl delete -f all.yaml
