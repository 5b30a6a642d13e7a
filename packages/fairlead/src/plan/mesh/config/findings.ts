import { defineFindings } from "@fairlead/krm";

/** FL820-FL829: the mesh's configuration, the predecessor's flags, and how policies are written. */
export const meshConfigFinding = defineFindings({
  FL820: {
    title: "A value of the mesh configuration cannot be used",
    severity: "error",
    explanation:
      "A MeshConfig has a value of a wrong type or form. What the preset says holds for this field until it is corrected; a controller that runs keeps the configuration it has.",
    remedy: "Correct the value; `fairlead explain MeshConfig` shows each field and its default.",
  },
  FL821: {
    title: "The mesh configuration has an unknown field",
    severity: "error",
    explanation: "A MeshConfig has no field of this name here, so that what it is meant to set does not take effect.",
    remedy: "Correct the name (often one letter or the indentation is wrong), or remove the field.",
  },
  FL822: {
    title: "Settings of the mesh configuration do not go together",
    severity: "error",
    explanation:
      "Each value alone can be used, but together they say nothing that can be done, or one of them has no effect.",
    remedy: "Change or remove one of them, as the message says.",
  },
  FL823: {
    title: "There are several mesh configurations",
    severity: "warning",
    explanation: "One mesh has one MeshConfig. The oldest counts, and the others have no effect.",
    remedy: "Delete the others, or name the one that counts.",
  },
  FL824: {
    title: "An argument is not a flag of the predecessor",
    severity: "error",
    explanation:
      "The argument is none that the predecessor knows. It would not have started with it, so that it is probably a typing error.",
    remedy: "Correct the flag; docs/reference/mesh-flags.md lists all of them.",
  },
  FL825: {
    title: "A value of a predecessor's flag cannot be read",
    severity: "error",
    explanation: "The value has a wrong type or form; the predecessor would not have started with it.",
    remedy: "Correct the value; docs/reference/mesh-flags.md says what each flag takes.",
  },
  FL826: {
    title: "A flag of the predecessor has no effect",
    severity: "info",
    explanation:
      "The flag is accepted, so that an argument list can be taken over as it is, and changes nothing: the predecessor does not read it either, or what it tunes does not exist here.",
    remedy: "Leave it out.",
  },
  FL827: {
    title: "A flag of the predecessor asks for something that is done in another way",
    severity: "warning",
    explanation:
      "The flag turns on a part of the predecessor that Fairlead does not have in this form: state in DynamoDB, the operator with its registry, the state syncer. The flag is accepted and has no effect.",
    remedy: "Set up what replaces it, as the message says, and leave the flag out.",
  },
  FL828: {
    title: "A field of a policy is written in another spelling",
    severity: "warning",
    explanation:
      "The API has the field under another name, and the predecessor's CustomResourceDefinition drops this one in a cluster, so that the default would hold. In files it is read as what is meant.",
    remedy: "Write the name as the API has it.",
  },
  FL829: {
    title: "A value of a policy cannot be used",
    severity: "error",
    explanation: "The API accepts the value, but it means nothing.",
    remedy: "Write one of the values that the message lists.",
  },
});
