/**
 * The injection templates of our control planes, in the language of Istio's: smaller, but every annotation, value and
 * variable that decides about a proxy's shape has its effect.
 */
const shape = `{{- define "resources" }}
{{- $cpu := index .ObjectMeta.Annotations "sidecar.istio.io/proxyCPU" }}
{{- $memory := index .ObjectMeta.Annotations "sidecar.istio.io/proxyMemory" }}
{{- $cpuLimit := index .ObjectMeta.Annotations "sidecar.istio.io/proxyCPULimit" }}
{{- $memoryLimit := index .ObjectMeta.Annotations "sidecar.istio.io/proxyMemoryLimit" }}
{{- if or $cpu $memory $cpuLimit $memoryLimit }}
    resources:
      {{- if or $cpu $memory }}
      requests:
        {{- with $cpu }}
        cpu: {{ . | quote }}
        {{- end }}
        {{- with $memory }}
        memory: {{ . | quote }}
        {{- end }}
      {{- end }}
      {{- if or $cpuLimit $memoryLimit }}
      limits:
        {{- with $cpuLimit }}
        cpu: {{ . | quote }}
        {{- end }}
        {{- with $memoryLimit }}
        memory: {{ . | quote }}
        {{- end }}
      {{- end }}
{{- else }}
{{- with .Values.global.proxy.resources }}
    resources: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}
{{- define "image" }}
{{- $asked := annotation .ObjectMeta "sidecar.istio.io/proxyImage" .Values.global.proxy.image }}
{{- if contains "/" $asked }}{{ $asked | quote }}{{ else }}{{ .ProxyImage | quote }}{{ end }}
{{- end }}
{{- define "variables" }}
{{- $containers := list }}
{{- range .Spec.Containers }}{{ if ne .Name "istio-proxy" }}{{ $containers = append $containers .Name }}{{ end }}{{ end }}
    - name: PILOT_CERT_PROVIDER
      value: {{ .Values.global.pilotCertProvider }}
    - name: CA_ADDR
      value: {{ .Values.global.caAddress | default (printf "istiod%s.%s.svc:15012" (ternary "" (printf "-%s" .Revision) (empty .Revision)) .Values.global.istioNamespace) }}
    - name: POD_NAME
      valueFrom: {fieldRef: {fieldPath: metadata.name}}
    - name: POD_NAMESPACE
      valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
    - name: INSTANCE_IP
      valueFrom: {fieldRef: {fieldPath: status.podIP}}
    - name: SERVICE_ACCOUNT
      valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}
    - name: HOST_IP
      valueFrom: {fieldRef: {fieldPath: status.hostIP}}
    - name: PROXY_CONFIG
      value: {{ protoToJSON .ProxyConfig | squote }}
    - name: ISTIO_META_POD_PORTS
      value: |-
        [
        {{- $first := true }}
        {{- range $c := .Spec.Containers }}
        {{- range $p := $c.Ports }}
            {{ if not $first }},{{ end }}{{ structToJSON $p }}
        {{- $first = false }}
        {{- end }}
        {{- end }}
        ]
    - name: ISTIO_META_APP_CONTAINERS
      value: {{ $containers | join "," | quote }}
    - name: GOMEMLIMIT
      valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: "1"}}
    - name: GOMAXPROCS
      valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: "1"}}
    - name: ISTIO_META_CLUSTER_ID
      value: {{ valueOrDefault .Values.global.multiCluster.clusterName "Kubernetes" | quote }}
    - name: ISTIO_META_NODE_NAME
      valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
    - name: ISTIO_META_INTERCEPTION_MODE
      value: {{ annotation .ObjectMeta "sidecar.istio.io/interceptionMode" .ProxyConfig.InterceptionMode | quote }}
    {{- with .Values.global.network }}
    - name: ISTIO_META_NETWORK
      value: {{ . | quote }}
    {{- end }}
    {{- with .DeploymentMeta.Name }}
    - name: ISTIO_META_WORKLOAD_NAME
      value: {{ . | quote }}
    - name: ISTIO_META_OWNER
      value: kubernetes://apis/{{ $.TypeMeta.APIVersion }}/namespaces/{{ valueOrDefault $.DeploymentMeta.Namespace "default" }}/{{ toLower $.TypeMeta.Kind }}s/{{ . }}
    {{- end }}
    - name: ISTIO_META_MESH_ID
      value: {{ .Values.global.meshID | default .MeshConfig.TrustDomain | quote }}
    - name: TRUST_DOMAIN
      value: {{ .MeshConfig.TrustDomain | quote }}
    {{- range $key, $value := .ProxyConfig.ProxyMetadata }}
    - name: {{ $key }}
      value: {{ $value | quote }}
    {{- end }}
{{- end }}
{{- define "names" }}
    service.istio.io/canonical-name: {{ index .ObjectMeta.Labels "service.istio.io/canonical-name" | default (index .ObjectMeta.Labels "app.kubernetes.io/name") | default (index .ObjectMeta.Labels "app") | default .DeploymentMeta.Name | trunc 63 | trimAll "-_." | quote }}
    service.istio.io/canonical-revision: {{ index .ObjectMeta.Labels "service.istio.io/canonical-revision" | default (index .ObjectMeta.Labels "app.kubernetes.io/version") | default (index .ObjectMeta.Labels "version") | default "latest" | quote }}
  annotations:
    istio.io/rev: {{ .Revision | default "default" | quote }}
    {{- $first := "" }}
    {{- range .Spec.Containers }}{{ if and (ne .Name "istio-proxy") (eq $first "") }}{{ $first = .Name }}{{ end }}{{ end }}
    {{- if $first }}
    {{- if not (isset .ObjectMeta.Annotations "kubectl.kubernetes.io/default-logs-container") }}
    kubectl.kubernetes.io/default-logs-container: {{ $first | quote }}
    {{- end }}
    {{- if not (isset .ObjectMeta.Annotations "kubectl.kubernetes.io/default-container") }}
    kubectl.kubernetes.io/default-container: {{ $first | quote }}
    {{- end }}
    {{- end }}
{{- end }}
{{- define "logging" }}
    - --proxyLogLevel={{ annotation .ObjectMeta "sidecar.istio.io/logLevel" .Values.global.proxy.logLevel }}
    - --proxyComponentLogLevel={{ annotation .ObjectMeta "sidecar.istio.io/componentLogLevel" .Values.global.proxy.componentLogLevel }}
    - --log_output_level={{ annotation .ObjectMeta "sidecar.istio.io/agentLogLevel" .Values.global.logging.level }}
{{- end }}
{{- define "volumes" }}
  volumes:
  - {name: workload-socket, emptyDir: {}}
  - {name: credential-socket, emptyDir: {}}
  - {name: workload-certs, emptyDir: {}}
  - {name: istio-envoy, emptyDir: {medium: Memory}}
  - {name: istio-data, emptyDir: {}}
  - name: istio-podinfo
    downwardAPI:
      items:
      - {path: labels, fieldRef: {fieldPath: metadata.labels}}
      - {path: annotations, fieldRef: {fieldPath: metadata.annotations}}
  - name: istio-token
    projected:
      sources:
      - serviceAccountToken: {path: istio-token, expirationSeconds: 43200, audience: {{ .Values.global.sds.token.aud }}}
  - {name: istiod-ca-cert, configMap: {name: istio-ca-root-cert}}
  {{- with .Values.global.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
{{- end }}
{{- define "mounts" }}
    volumeMounts:
    - {name: workload-socket, mountPath: /var/run/secrets/workload-spiffe-uds}
    - {name: credential-socket, mountPath: /var/run/secrets/credential-uds}
    - {name: workload-certs, mountPath: /var/run/secrets/workload-spiffe-credentials}
    - {name: istiod-ca-cert, mountPath: /var/run/secrets/istio}
    - {name: istio-data, mountPath: /var/lib/istio/data}
    - {name: istio-envoy, mountPath: /etc/istio/proxy}
    - {name: istio-token, mountPath: /var/run/secrets/tokens}
    - {name: istio-podinfo, mountPath: /etc/istio/pod}
{{- end }}
`;

/** Container with the proxy, network by init container or by CNI, native sidecar or not. */
export const sidecarTemplate = `${shape}
{{- $mode := annotation .ObjectMeta "sidecar.istio.io/interceptionMode" .ProxyConfig.InterceptionMode }}
{{- $native := ne (index .ObjectMeta.Annotations "sidecar.istio.io/nativeSidecar" | default (printf "%t" .NativeSidecars)) "false" }}
{{- $port := annotation .ObjectMeta "status.sidecar.istio.io/port" .Values.global.proxy.statusPort }}
metadata:
  labels:
    security.istio.io/tlsMode: {{ index .ObjectMeta.Labels "security.istio.io/tlsMode" | default "istio" | quote }}
    {{- template "names" . }}
    {{- if .Values.pilot.cni.enabled }}
    sidecar.istio.io/interceptionMode: {{ $mode | quote }}
    {{- end }}
spec:
{{- if or (ne $mode "NONE") $native }}
  initContainers:
{{- end }}
{{- if ne $mode "NONE" }}
  - name: {{ if .Values.pilot.cni.enabled }}istio-validation{{ else }}istio-init{{ end }}
    image: {{ template "image" . }}
    args:
    - istio-iptables
    - -p
    - {{ .MeshConfig.ProxyListenPort | toString | quote }}
    - -z
    - {{ .MeshConfig.ProxyInboundListenPort | toString | quote }}
    - -u
    - {{ .ProxyUID | toString | quote }}
    - -m
    - {{ $mode | quote }}
    - -i
    - {{ annotation .ObjectMeta "traffic.sidecar.istio.io/includeOutboundIPRanges" .Values.global.proxy.includeIPRanges | quote }}
    - -x
    - {{ annotation .ObjectMeta "traffic.sidecar.istio.io/excludeOutboundIPRanges" .Values.global.proxy.excludeIPRanges | quote }}
    - -b
    - {{ annotation .ObjectMeta "traffic.sidecar.istio.io/includeInboundPorts" .Values.global.proxy.includeInboundPorts | quote }}
    - -d
    - {{ printf "15090,15021,%s" (excludeInboundPort $port (annotation .ObjectMeta "traffic.sidecar.istio.io/excludeInboundPorts" .Values.global.proxy.excludeInboundPorts)) | quote }}
    {{- with annotation .ObjectMeta "traffic.sidecar.istio.io/excludeOutboundPorts" .Values.global.proxy.excludeOutboundPorts }}
    - -o
    - {{ . | quote }}
    {{- end }}
    {{- if .Values.pilot.cni.enabled }}
    - --run-validation
    - --skip-rule-apply
    {{- end }}
    {{- with .Values.global.imagePullPolicy }}
    imagePullPolicy: {{ . }}
    {{- end }}
    {{- template "resources" . }}
    securityContext:
      allowPrivilegeEscalation: {{ .Values.global.proxy.privileged }}
      privileged: {{ .Values.global.proxy.privileged }}
      {{- if .Values.pilot.cni.enabled }}
      capabilities: {drop: [ALL]}
      readOnlyRootFilesystem: true
      runAsGroup: {{ .ProxyGID }}
      runAsNonRoot: true
      runAsUser: {{ .ProxyUID }}
      {{- else }}
      capabilities: {add: [NET_ADMIN, NET_RAW], drop: [ALL]}
      readOnlyRootFilesystem: false
      runAsGroup: 0
      runAsNonRoot: false
      runAsUser: 0
      {{- end }}
{{- end }}
{{- if not $native }}
  containers:
{{- end }}
  - name: istio-proxy
    image: {{ template "image" . }}
    {{- if $native }}
    restartPolicy: Always
    {{- end }}
    ports:
    - {containerPort: 15090, protocol: TCP, name: http-envoy-prom}
    args:
    - proxy
    - sidecar
    - --domain
    - $(POD_NAMESPACE).svc.{{ .Values.global.proxy.clusterDomain }}
    {{- template "logging" . }}
    {{- if .Values.global.proxy.lifecycle }}
    lifecycle: {{ toJson .Values.global.proxy.lifecycle }}
    {{- else if $native }}
    lifecycle: {preStop: {exec: {command: [pilot-agent, request, --debug-port={{ $port }}, POST, drain]}}}
    {{- else if or .ProxyConfig.HoldApplicationUntilProxyStarts.GetValue .Values.global.proxy.holdApplicationUntilProxyStarts }}
    lifecycle: {postStart: {exec: {command: [pilot-agent, wait]}}}
    {{- end }}
    env:
    {{- template "variables" . }}
    {{- with .Values.global.imagePullPolicy }}
    imagePullPolicy: {{ . }}
    {{- end }}
    {{- if ne $port "0" }}
    {{- if .Values.global.proxy.startupProbe.enabled }}
    startupProbe:
      httpGet: {path: /healthz/ready, port: 15021}
      periodSeconds: 1
      timeoutSeconds: 3
      failureThreshold: {{ .Values.global.proxy.startupProbe.failureThreshold }}
    {{- end }}
    readinessProbe:
      httpGet: {path: /healthz/ready, port: 15021}
      initialDelaySeconds: {{ annotation .ObjectMeta "readiness.status.sidecar.istio.io/initialDelaySeconds" .Values.global.proxy.readinessInitialDelaySeconds }}
      periodSeconds: {{ annotation .ObjectMeta "readiness.status.sidecar.istio.io/periodSeconds" .Values.global.proxy.readinessPeriodSeconds }}
      timeoutSeconds: 3
      failureThreshold: {{ annotation .ObjectMeta "readiness.status.sidecar.istio.io/failureThreshold" .Values.global.proxy.readinessFailureThreshold }}
    {{- end }}
    securityContext:
      allowPrivilegeEscalation: {{ .Values.global.proxy.privileged }}
      capabilities: {drop: [ALL]}
      privileged: {{ .Values.global.proxy.privileged }}
      readOnlyRootFilesystem: true
      runAsGroup: {{ .ProxyGID }}
      runAsNonRoot: true
      runAsUser: {{ .ProxyUID }}
    {{- template "resources" . }}
    {{- template "mounts" . }}
{{- template "volumes" . }}
`;

/** A gateway: the pod brings a container `istio-proxy` with the image `auto`, which becomes a proxy. */
export const gatewayTemplate = `${shape}
metadata:
  labels:
    {{- template "names" . }}
spec:
  securityContext:
    sysctls:
    - {name: net.ipv4.ip_unprivileged_port_start, value: "0"}
  containers:
  - name: istio-proxy
    image: {{ template "image" . }}
    ports:
    - {containerPort: 15090, protocol: TCP, name: http-envoy-prom}
    args:
    - proxy
    - router
    - --domain
    - $(POD_NAMESPACE).svc.{{ .Values.global.proxy.clusterDomain }}
    {{- template "logging" . }}
    securityContext:
      runAsUser: {{ .ProxyUID }}
      runAsGroup: {{ .ProxyGID }}
    env:
    {{- template "variables" . }}
    {{- with .Values.global.imagePullPolicy }}
    imagePullPolicy: {{ . }}
    {{- end }}
    readinessProbe:
      httpGet: {path: /healthz/ready, port: 15021}
      initialDelaySeconds: {{ .Values.global.proxy.readinessInitialDelaySeconds }}
      periodSeconds: {{ .Values.global.proxy.readinessPeriodSeconds }}
      timeoutSeconds: 3
      failureThreshold: {{ .Values.global.proxy.readinessFailureThreshold }}
    {{- template "mounts" . }}
{{- template "volumes" . }}
`;

/** Applications that speak xDS themselves: an agent beside them, no interception of the network. */
export const grpcAgentTemplate = `${shape}
metadata:
  labels:
    {{- template "names" . }}
    sidecar.istio.io/rewriteAppHTTPProbers: "false"
spec:
  containers:
  - name: istio-proxy
    image: {{ template "image" . }}
    ports:
    - {containerPort: 15020, protocol: TCP, name: mesh-metrics}
    args:
    - proxy
    - sidecar
    - --domain
    - $(POD_NAMESPACE).svc.{{ .Values.global.proxy.clusterDomain }}
    {{- template "logging" . }}
    lifecycle: {postStart: {exec: {command: [pilot-agent, wait, --url=http://localhost:15020/healthz/ready]}}}
    env:
    - name: ISTIO_META_GENERATOR
      value: grpc
    - name: OUTPUT_CERTS
      value: /var/lib/istio/data
    {{- template "variables" . }}
    {{- with .Values.global.imagePullPolicy }}
    imagePullPolicy: {{ . }}
    {{- end }}
    readinessProbe:
      httpGet: {path: /healthz/ready, port: 15020}
      periodSeconds: 2
      timeoutSeconds: 3
      failureThreshold: 30
    {{- template "resources" . }}
    {{- template "mounts" . }}
  {{- range $c := .Spec.Containers }}
  {{- if ne $c.Name "istio-proxy" }}
  - name: {{ $c.Name }}
    env:
    - name: GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT
      value: "true"
    - name: GRPC_XDS_BOOTSTRAP
      value: /etc/istio/proxy/grpc-bootstrap.json
    volumeMounts:
    - {name: istio-data, mountPath: /var/lib/istio/data}
    - {name: istio-envoy, mountPath: /etc/istio/proxy}
    - {name: workload-certs, mountPath: /var/run/secrets/workload-spiffe-credentials}
  {{- end }}
  {{- end }}
{{- template "volumes" . }}
`;
