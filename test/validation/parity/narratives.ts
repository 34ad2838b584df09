/** Parity table, rows 33 to 36: narratives. https://hl7.org/fhir/R4/narrative.html */
import type { JsonValue } from '../../../src/fhir/types.ts';
import { cases, patient } from './case.ts';

const whole = (div: string): JsonValue => patient({ text: { status: 'generated', div } });
const div = (content: string): JsonValue => whole(`<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`);
const place = 'Patient.text.div';

export const narrativeCases = cases([
  [33, 'a script', div('<script>x</script>'), `error invariant xhtml-element ${place}`, div('<pre>x</pre>')],
  [33, 'a form', div('<form>x</form>'), `error invariant xhtml-element ${place}`, div('<table><tr><td>x</td></tr></table>')],
  [
    33,
    'a handler',
    div('<p onclick="x()">x</p>'),
    `error invariant xhtml-attribute ${place}`,
    div('<p class="x" style="color: red">x</p>'),
  ],
  [
    33,
    'an attribute of another element',
    div('<p src="x">x</p>'),
    `error invariant xhtml-attribute ${place}`,
    div('<p title="x">x</p>'),
  ],
  [
    34,
    'a document type',
    whole('<!DOCTYPE html><div xmlns="http://www.w3.org/1999/xhtml">x</div>'),
    `error invalid xhtml-doctype ${place}`,
    div('x'),
  ],
  [34, 'an entity of HTML', div('a&nbsp;b'), `error invalid xhtml-entity ${place}`, div('a&amp;b&#160;c')],
  [34, 'no namespace', whole('<div>x</div>'), `error invariant xhtml-namespace ${place}`, div('x')],
  [
    34,
    'another namespace',
    whole('<div xmlns="http://www.w3.org/1999/html">x</div>'),
    `error invariant xhtml-namespace ${place}`,
    div('x'),
  ],
  [
    34,
    'another root',
    whole('<p xmlns="http://www.w3.org/1999/xhtml">x</p>'),
    `error invariant xhtml-root ${place}`,
    div('<p>x</p>'),
  ],
  [34, 'not well formed', div('<p>x'), `error invalid xhtml-form ${place}`, div('<p>x</p>')],
  [
    35,
    'a link that runs code',
    div('<a href="javascript:x()">x</a>'),
    `error invalid xhtml-url ${place}`,
    div('<a href="https://a.example">x</a>'),
  ],
  [
    35,
    'a link that runs code, written otherwise',
    div('<a href=" JaVa&#9;Script:x()">x</a>'),
    `error invalid xhtml-url ${place}`,
    div('<a href="mailto:a@a.example">x</a>'),
  ],
  [
    35,
    'a link to data',
    div('<a href="data:text/html;base64,YWJj">x</a>'),
    `error invalid xhtml-url ${place}`,
    div('<img alt="x" src="data:image/png;base64,YWJj"/>'),
  ],
  [
    35,
    'a link to nowhere',
    div('<a href="#b">x</a>'),
    `error invalid xhtml-fragment ${place}`,
    div('<a href="#b">x</a><p id="b">y</p>'),
  ],
  [
    36,
    'nothing to read (txt-2)',
    div(' <p>\n</p>&#32;'),
    `error invariant xhtml-blank ${place}`,
    div('<img src="#p" alt="x"/><p id="p">x</p>'),
  ],
]);
