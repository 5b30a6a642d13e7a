// An operator as users write them with controller-runtime: it keeps a Deployment, a Service and a status for each
// Widget. Suites run it against the embedded cluster; arguments: the namespace of its Lease, and its identity.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsac "k8s.io/client-go/applyconfigurations/apps/v1"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	finalizer  = "operator.example/cleanup"
	owner      = client.FieldOwner("widget-operator")
	imageField = ".spec.image"
)

var group = schema.GroupVersion{Group: "operator.example", Version: "v1"}

type WidgetSpec struct {
	Replicas int32  `json:"replicas"`
	Image    string `json:"image"`
}

type WidgetStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	ReadyReplicas      int32              `json:"readyReplicas"`
	SameImage          int                `json:"sameImage"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

type Widget struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              WidgetSpec   `json:"spec"`
	Status            WidgetStatus `json:"status,omitempty"`
}

type WidgetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Widget `json:"items"`
}

func (w *Widget) DeepCopy() *Widget {
	copied := *w
	w.ObjectMeta.DeepCopyInto(&copied.ObjectMeta)
	copied.Status.Conditions = append([]metav1.Condition(nil), w.Status.Conditions...)
	return &copied
}

func (w *Widget) DeepCopyObject() runtime.Object { return w.DeepCopy() }

func (l *WidgetList) DeepCopyObject() runtime.Object {
	copied := *l
	copied.Items = nil
	for i := range l.Items {
		copied.Items = append(copied.Items, *l.Items[i].DeepCopy())
	}
	return &copied
}

type reconciler struct {
	client.Client
	recorder events.EventRecorder
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	widget := &Widget{}
	if err := r.Get(ctx, request.NamespacedName, widget); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !widget.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.finalize(ctx, widget)
	}
	if controllerutil.AddFinalizer(widget, finalizer) {
		if err := r.Update(ctx, widget); err != nil {
			return ctrl.Result{}, quiet(err)
		}
	}
	if err := r.applyDeployment(ctx, widget); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.createService(ctx, widget); err != nil {
		return ctrl.Result{}, quiet(err)
	}
	return ctrl.Result{}, quiet(r.updateStatus(ctx, widget))
}

// What was read may be old already: the write that made it so asks for another visit.
func quiet(err error) error {
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

func (r *reconciler) applyDeployment(ctx context.Context, widget *Widget) error {
	labels := map[string]string{"widget": widget.Name}
	reference := metaac.OwnerReference().WithAPIVersion(group.String()).WithKind("Widget").
		WithName(widget.Name).WithUID(widget.UID).WithController(true).WithBlockOwnerDeletion(true)
	container := coreac.Container().WithName("widget").WithImage(widget.Spec.Image).
		WithPorts(coreac.ContainerPort().WithName("http").WithContainerPort(8080))
	template := coreac.PodTemplateSpec().WithLabels(labels).
		WithSpec(coreac.PodSpec().WithTerminationGracePeriodSeconds(1).WithContainers(container))
	deployment := appsac.Deployment(widget.Name, widget.Namespace).WithLabels(labels).WithOwnerReferences(reference).
		WithSpec(appsac.DeploymentSpec().WithReplicas(widget.Spec.Replicas).
			WithSelector(metaac.LabelSelector().WithMatchLabels(labels)).WithTemplate(template))
	return r.Apply(ctx, deployment, owner, client.ForceOwnership)
}

func (r *reconciler) createService(ctx context.Context, widget *Widget) error {
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: widget.Name, Namespace: widget.Namespace}}
	_, err := controllerutil.CreateOrUpdate(ctx, r.Client, service, func() error {
		service.Spec.Selector = map[string]string{"widget": widget.Name}
		service.Spec.Ports = []corev1.ServicePort{{
			Name: "http", Port: 80, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromString("http"),
		}}
		return controllerutil.SetControllerReference(widget, service, r.Scheme())
	})
	return err
}

func (r *reconciler) updateStatus(ctx context.Context, widget *Widget) error {
	deployment := &appsv1.Deployment{}
	if err := r.Get(ctx, client.ObjectKeyFromObject(widget), deployment); err != nil {
		return client.IgnoreNotFound(err)
	}
	same := &WidgetList{}
	if err := r.List(ctx, same, client.MatchingFields{imageField: widget.Spec.Image}); err != nil {
		return err
	}
	before := widget.DeepCopy()
	widget.Status.ReadyReplicas = deployment.Status.ReadyReplicas
	widget.Status.SameImage = len(same.Items)
	isReady := deployment.Status.ObservedGeneration == deployment.Generation &&
		deployment.Status.UpdatedReplicas == widget.Spec.Replicas &&
		deployment.Status.ReadyReplicas == widget.Spec.Replicas && deployment.Status.Replicas == widget.Spec.Replicas
	condition := metav1.Condition{
		Type: "Ready", Status: metav1.ConditionFalse, Reason: "Waiting", ObservedGeneration: widget.Generation,
		Message: fmt.Sprintf("%d of %d are ready", deployment.Status.ReadyReplicas, widget.Spec.Replicas),
	}
	if isReady {
		condition.Status, condition.Reason = metav1.ConditionTrue, "Ready"
	}
	changed := meta.SetStatusCondition(&widget.Status.Conditions, condition)
	if changed && isReady {
		r.recorder.Eventf(widget, deployment, corev1.EventTypeNormal, "Ready", "RollOut", "all of %d are ready", widget.Spec.Replicas)
	}
	// Both manners of writing a status.
	if widget.Status.ObservedGeneration != widget.Generation {
		widget.Status.ObservedGeneration = widget.Generation
		return r.Status().Update(ctx, widget)
	}
	return client.IgnoreNotFound(r.Status().Patch(ctx, widget, client.MergeFrom(before)))
}

func (r *reconciler) finalize(ctx context.Context, widget *Widget) error {
	if !controllerutil.ContainsFinalizer(widget, finalizer) {
		return nil
	}
	record := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "finalized-" + widget.Name, Namespace: widget.Namespace},
		Data:       map[string]string{"image": widget.Spec.Image},
	}
	if err := r.Create(ctx, record); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	before := widget.DeepCopy()
	controllerutil.RemoveFinalizer(widget, finalizer)
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	return quiet(client.IgnoreNotFound(r.Patch(ctx, widget, patch)))
}

// Widgets of the same image count each other; a ConfigMap named `rebuild` asks for all of them.
func (r *reconciler) sameImage(ctx context.Context, changed client.Object) []reconcile.Request {
	list := &WidgetList{}
	options := []client.ListOption{client.InNamespace(changed.GetNamespace())}
	if widget, ok := changed.(*Widget); ok {
		options = append(options, client.MatchingFields{imageField: widget.Spec.Image})
	} else if changed.GetName() != "rebuild" {
		return nil
	}
	if err := r.List(ctx, list, options...); err != nil {
		return nil
	}
	requests := []reconcile.Request{}
	for _, one := range list.Items {
		requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: one.Namespace, Name: one.Name}})
	}
	return requests
}

func run(namespace, identity string) error {
	log := zap.New(zap.UseDevMode(false)).WithValues("identity", identity)
	ctrl.SetLogger(log)
	klog.SetLogger(log)
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return err
	}
	scheme.AddKnownTypes(group, &Widget{}, &WidgetList{})
	metav1.AddToGroupVersion(scheme, group)
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	lease, renew, retry := 30*time.Second, 25*time.Second, 500*time.Millisecond
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       metricsserver.Options{BindAddress: "0"},
		LeaderElection:                true,
		LeaderElectionID:              "widget-operator",
		LeaderElectionNamespace:       namespace,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 &lease,
		RenewDeadline:                 &renew,
		RetryPeriod:                   &retry,
	})
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	index := func(object client.Object) []string { return []string{object.(*Widget).Spec.Image} }
	if err := manager.GetFieldIndexer().IndexField(ctx, &Widget{}, imageField, index); err != nil {
		return err
	}
	r := &reconciler{Client: manager.GetClient(), recorder: manager.GetEventRecorder("widget-operator")}
	err = ctrl.NewControllerManagedBy(manager).
		For(&Widget{}).
		Owns(&appsv1.Deployment{}).
		Owns(&corev1.Service{}).
		Watches(&Widget{}, handler.EnqueueRequestsFromMapFunc(r.sameImage)).
		Watches(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.sameImage), builder.OnlyMetadata).
		Complete(r)
	if err != nil {
		return err
	}
	return manager.Start(ctx)
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
