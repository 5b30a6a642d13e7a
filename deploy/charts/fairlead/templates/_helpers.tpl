{{- define "fairlead.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "fairlead.sidecars.labels" -}}
app.kubernetes.io/name: fairlead-sidecars
app.kubernetes.io/part-of: fairlead
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{/* Arguments of the predecessor: its own values first, then those that are listed. */}}
{{- define "fairlead.sidecars.compatFlags" -}}
{{- $flags := list -}}
{{- $names := dict "dryRun" "dry-run" "compareHub" "compare-hub" "restartDelay" "restart-delay" "istiodConfigReadDelay" "istiod-config-read-delay" "reconcilePeriod" "reconcile-period" "annotationCooldown" "annotation-cooldown" "skipNamespaces" "skip-namespaces" -}}
{{- range $key, $value := .Values.fortsaOptions -}}
{{- $flag := get $names $key -}}
{{- if not $flag -}}
{{- fail (printf "fortsaOptions.%s: there is no such option; there are %s" $key (keys $names | sortAlpha | join ", ")) -}}
{{- end -}}
{{- if kindIs "slice" $value -}}
{{- $value = join "," $value -}}
{{- end -}}
{{- $flags = append $flags (printf "--%s=%v" $flag $value) -}}
{{- end -}}
{{- concat $flags .Values.sidecars.compatFlags | toJson -}}
{{- end -}}
