/** https://hl7.org/fhir/R4/narrative.html#xhtml */
import { expect } from 'chai';
import { checkXhtml } from '../../src/validation/xhtml.ts';

const open = '<div xmlns="http://www.w3.org/1999/xhtml">';

const rows: readonly (readonly [sentence: string, text: string, ...ids: string[]])[] = [
  ['text', `${open}x</div>`],
  [
    'formatting, lists, tables, links, images',
    `${open}<p class="a" style="b">x<b>y</b><br/></p><ul><li>z</li></ul><table border="1"><tr><td colspan="2">t</td></tr></table><a href="http://a.b#c">l</a><img src="#i" alt="x"/></div>`,
  ],
  ['an image alone is content', `${open}<img src="data:image/png;base64,AAAA" alt=""/></div>`],
  ['comments and CDATA', `${open}<!-- c --><![CDATA[x < y]]></div>`],
  ['character references and the five entities', `${open}&#160;&#xA0;&lt;&amp;&gt;&quot;&apos;x</div>`],
  ['single quotes', "<div xmlns='http://www.w3.org/1999/xhtml'>x</div>"],
  ['no div', '<p xmlns="http://www.w3.org/1999/xhtml">x</p>', 'xhtml-root'],
  ['two divs', `${open}x</div>${open}y</div>`, 'xhtml-root'],
  ['text around the div', `x${open}y</div>`, 'xhtml-root'],
  ['no element at all', 'x', 'xhtml-root'],
  ['no namespace', '<div>x</div>', 'xhtml-namespace'],
  ['another namespace', '<div xmlns="http://a.b">x</div>', 'xhtml-namespace'],
  ['blank', `${open} \n </div>`, 'xhtml-blank'],
  ['a comment is no content', `${open}<!-- x --></div>`, 'xhtml-blank'],
  ['a script', `${open}<script>x</script></div>`, 'xhtml-element'],
  ['a form, an object, an iframe', `${open}x<form/><object/><iframe/></div>`, 'xhtml-element', 'xhtml-element', 'xhtml-element'],
  ['an event handler', `${open}<p onclick="x()">y</p></div>`, 'xhtml-attribute'],
  ['an attribute of another element', `${open}<p href="x">y</p></div>`, 'xhtml-attribute'],
  ['javascript: in a link', `${open}<a href="javascript:x()">y</a></div>`, 'xhtml-url'],
  ['javascript: in disguise', `${open}<a href=" jAva&#10;script:x()">y</a></div>`, 'xhtml-url'],
  ['data: in a link', `${open}<a href="data:text/html,x">y</a></div>`, 'xhtml-url'],
  ['data: in an image, but no image', `${open}<img src="data:text/html;base64,AA" alt=""/></div>`, 'xhtml-url'],
  ['a named entity', `${open}&nbsp;x</div>`, 'xhtml-entity'],
  ['a bare ampersand', `${open}a & b</div>`, 'xhtml-form'],
  ['a document type', `<!DOCTYPE html>${open}x</div>`, 'xhtml-doctype'],
  ['a processing instruction', `${open}<?x y?>z</div>`, 'xhtml-doctype'],
  ['an unclosed element', `${open}<p>x</div>`, 'xhtml-form'],
  ['nothing closed', `${open}x`, 'xhtml-form'],
  ['an attribute twice', `${open}<p class="a" class="b">x</p></div>`, 'xhtml-form'],
  ['an attribute without quotes', `${open}<p class=a>x</p></div>`, 'xhtml-form'],
  ['upper-case names', `${open}<P>x</P></div>`, 'xhtml-element'],
];

describe('narrative.html#xhtml', () => {
  for (const [sentence, text, ...ids] of rows) {
    it(`${sentence}: ${ids.join(', ') || 'nothing'}`, () => {
      expect(checkXhtml(text).map(({ id }) => id)).to.deep.equal(ids);
    });
  }
});
