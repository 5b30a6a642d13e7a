export const iamApi = "iam.cnrm.cloud.google.com/v1beta1";

/** What is known of the Google service account. */
export interface GoogleAccount {
  readonly project: string;
  readonly email: string;
  /** Config Connector's object of it; undefined when the account exists elsewhere. */
  readonly objectName: string | undefined;
}

/** Config Connector finds the project in an annotation. */
export function projectAnnotation({ project }: GoogleAccount): { readonly [key: string]: string } {
  return { "cnrm.cloud.google.com/project-id": project };
}
