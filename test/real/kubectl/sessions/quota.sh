kubectl create quota small --hard=configmaps=5,count/secrets=10

# eventually
kubectl get quota

# fails
for i in 1 2 3 4 5; do kubectl create configmap more-$i || exit 1; done

kubectl delete quota small
