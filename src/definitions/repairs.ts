/**
 * Where R4's published definitions contradict the specification's own text, and what is meant. Applied when packing, so that every
 * reader of the definitions sees the repaired ones; `test/definitions/repairs.test.ts` shows that each is needed.
 */

/** Element types that the FHIR type extension states wrongly. https://hl7.org/fhir/R4/resource.html#id and datatypes.html#integer */
export const elementTypeRepairs: Readonly<Record<string, string>> = {
  'Resource.id': 'id',
  'positiveInt.value': 'positiveInt',
  'unsignedInt.value': 'unsignedInt',
};

export interface ExpressionRepair {
  /** Exactly what R4 published: a repair never hits another text. */
  readonly published: string;
  readonly expression: string;
  /** What is wrong with the published one. */
  readonly why: string;
}

const partialMatch = 'The pattern describes the whole text, but matches() also accepts a part of it.';
const absentFails = 'An absent element makes the result empty, which counts as false.';

/** By constraint key. Keys that end in `-0` with the same name pattern share one repair: see `repairExpression`. */
const expressionRepairs: Readonly<Record<string, ExpressionRepair>> = {
  'ref-1': {
    published:
      "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))",
    expression:
      "reference.exists() implies (reference.startsWith('#').not() or reference = '#' or (reference.substring(1) in %rootResource.contained.id))",
    why: `${absentFails} And '#' alone is the container of a contained resource: https://hl7.org/fhir/R4/references.html#contained`,
  },
  'bdl-8': {
    published: "fullUrl.contains('/_history/').not()",
    expression: "fullUrl.exists() implies fullUrl.contains('/_history/').not()",
    why: absentFails,
  },
  'ras-2': {
    published: 'probability is decimal implies (probability as decimal) <= 100',
    expression: 'probability.exists() implies ((probability is decimal) implies ((probability as decimal) <= 100))',
    why: absentFails,
  },
  'dom-3': {
    published:
      "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | %resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()",
    expression:
      "contained.where((('#' + id) in (%resource.descendants().reference | %resource.descendants().ofType(canonical) | %resource.descendants().ofType(uri) | %resource.descendants().ofType(url))).not() and descendants().where(reference = '#').empty() and descendants().ofType(canonical).where($this = '#').empty() and descendants().ofType(uri).where($this = '#').empty()).empty()",
    why: 'as() takes one item, descendants() gives many; and trace() would write record content to the log.',
  },
  'con-3': {
    published:
      "clinicalStatus.exists() or verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code = 'entered-in-error').exists() or category.select($this='problem-list-item').empty()",
    expression:
      "clinicalStatus.exists() or verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code = 'entered-in-error').exists() or category.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-category' and code='problem-list-item').empty()",
    why: 'A CodeableConcept never equals a string, and select() keeps the false: every category counted as a problem list item.',
  },
  'que-7': {
    published: "operator = 'exists' implies (answer is Boolean)",
    expression: "operator = 'exists' implies (answer is boolean)",
    why: 'The answer is a FHIR boolean; Boolean is the System type.',
  },
  'vs-1': {
    published: '($this as dateTime).toString().length() >= 8',
    expression: '($this is dateTime) implies $this.toString().length() >= 8',
    why: '"if Observation.effective[x] is dateTime": of a Period the result is empty, which counts as false.',
  },
  'que-12': {
    published: 'enableWhen.count() > 2 implies enableBehavior.exists()',
    expression: 'enableWhen.count() > 1 implies enableBehavior.exists()',
    why: '"If there are more than one enableWhen, enableBehavior must be specified": two are more than one.',
  },
  'tim-9': {
    published: "offset.empty() or (when.exists() and ((when in ('C' | 'CM' | 'CD' | 'CV')).not()))",
    expression: "offset.empty() or (when.exists() and when.all(($this in ('C' | 'CM' | 'CD' | 'CV')).not()))",
    why: 'Timing.repeat.when repeats, and in() takes one item on its left.',
  },
  'que-1': {
    published: "(type='group' implies item.empty().not()) and (type.trace('type')='display' implies item.trace('item').empty())",
    expression: "(type='group' implies item.empty().not()) and (type='display' implies item.empty())",
    why: 'trace() would write content to the log.',
  },
  'sdf-16': {
    published: "snapshot.element.all(id.exists()) and snapshot.element.id.trace('ids').isDistinct()",
    expression: 'snapshot.element.all(id.exists()) and snapshot.element.id.isDistinct()',
    why: 'trace() would write content to the log.',
  },
  'sdf-17': {
    published: "differential.element.all(id.exists()) and differential.element.id.trace('ids').isDistinct()",
    expression: 'differential.element.all(id.exists()) and differential.element.id.isDistinct()',
    why: 'trace() would write content to the log.',
  },
  'eld-16': {
    published: "sliceName.empty() or sliceName.matches('^[a-zA-Z0-9\\\\/\\\\-_\\\\[\\\\]\\\\@]+$')",
    expression: "sliceName.empty() or sliceName.matches('^[a-zA-Z0-9/\\\\-_\\\\[\\\\]@]+$')",
    why: 'An escaped @ is no valid Unicode regular expression.',
  },
  'eld-19': {
    published:
      "path.matches('[^\\\\s\\\\.,:;\\\\\\'\"\\\\/|?!@#$%&*()\\\\[\\\\]{}]{1,64}(\\\\.[^\\\\s\\\\.,:;\\\\\\'\"\\\\/|?!@#$%&*()\\\\[\\\\]{}]{1,64}(\\\\[x\\\\])?(\\\\:[^\\\\s\\\\.]+)?)*')",
    expression:
      "path.matches('^[^\\\\s.,:;\\'\"/|?!@#$%&*()\\\\[\\\\]{}]{1,64}(\\\\.[^\\\\s.,:;\\'\"/|?!@#$%&*()\\\\[\\\\]{}]{1,64}(\\\\[x\\\\])?(:[^\\\\s.]+)?)*$')",
    why: `An escaped colon is no valid Unicode regular expression. ${partialMatch}`,
  },
  'eld-20': {
    published: "path.matches('[A-Za-z][A-Za-z0-9]*(\\\\.[a-z][A-Za-z0-9]*(\\\\[x])?)*')",
    expression: "path.matches('^[A-Za-z][A-Za-z0-9]*(\\\\.[a-z][A-Za-z0-9]*(\\\\[x\\\\])?)*$')",
    why: `A lone ] is no valid Unicode regular expression. ${partialMatch}`,
  },
};

/** "Name should be usable as an identifier": `cpb-0`, `vsd-0` and twenty more. */
const namePattern: ExpressionRepair = {
  published: "name.matches('[A-Z]([A-Za-z0-9_]){0,254}')",
  expression: "name.exists() implies name.matches('^[A-Z][A-Za-z0-9_]{0,254}$')",
  why: `${absentFails} ${partialMatch}`,
};

/** The repair of a constraint, if its published text is known to be wrong. */
export function expressionRepair(key: string, published: string): ExpressionRepair | undefined {
  return [expressionRepairs[key], namePattern].find((repair) => repair?.published === published);
}

/** Every repair by its key, for the tests. */
export function allExpressionRepairs(): ReadonlyMap<string, ExpressionRepair> {
  return new Map([...Object.entries(expressionRepairs), ['cpb-0', namePattern]]);
}

export interface SearchComponent {
  readonly definition: string;
  readonly expression: string;
}

export interface ComponentRepair {
  /** Exactly what R4 published. */
  readonly published: readonly SearchComponent[];
  readonly components: readonly SearchComponent[];
  readonly why: string;
}

const parameterUrl = 'http://hl7.org/fhir/SearchParameter/';

/** Composite search parameters, by their url. */
export const componentRepairs: Readonly<Record<string, ComponentRepair>> = {
  [`${parameterUrl}Observation-code-value-date`]: {
    published: [
      { definition: `${parameterUrl}clinical-code`, expression: 'code' },
      { definition: `${parameterUrl}Observation-value-date`, expression: 'value.as(DateTime) | value.as(Period)' },
    ],
    components: [
      { definition: `${parameterUrl}clinical-code`, expression: 'code' },
      { definition: `${parameterUrl}Observation-value-date`, expression: 'value.as(dateTime) | value.as(Period)' },
    ],
    why: 'The value is a FHIR dateTime; DateTime is the System type.',
  },
  [`${parameterUrl}DocumentReference-relationship`]: {
    published: [
      { definition: `${parameterUrl}DocumentReference-relatesto`, expression: 'code' },
      { definition: `${parameterUrl}DocumentReference-relation`, expression: 'target' },
    ],
    components: [
      { definition: `${parameterUrl}DocumentReference-relation`, expression: 'code' },
      { definition: `${parameterUrl}DocumentReference-relatesto`, expression: 'target' },
    ],
    why: 'The definitions are swapped: the code would be read as a reference and the target as a token.',
  },
};

/** The components of a composite search parameter as they are meant. */
export function repairComponents(url: string, published: readonly SearchComponent[]): readonly SearchComponent[] {
  const repair = componentRepairs[url];
  return repair !== undefined && JSON.stringify(repair.published) === JSON.stringify(published) ? repair.components : published;
}
