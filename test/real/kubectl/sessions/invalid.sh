# fails
kubectl create -f - <<'EOF'
apiVersion: v1
kind: Service
metadata: { name: Bad_Name }
spec: { ports: [{ port: 99999 }] }
EOF

# fails
kubectl create -f - <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata: { name: bad }
spec:
  replicas: 0
  selector: { matchLabels: { a: b } }
  template: { metadata: { labels: { a: c } }, spec: { containers: [{ name: x }] } }
EOF

kubectl create deployment web --image=registry.example/web:1 --replicas=1

cat > wrong <<'EOF'
#!/bin/sh
sed -i -e 's/replicas: .*/replicas: -1/' "$1"
EOF
chmod +x wrong

# fails
KUBE_EDITOR=./wrong kubectl edit deployment web 2>&1 | sed 's/kubectl-edit[^ "]*/FILE/'; exit 1
