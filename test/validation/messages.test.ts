import { expect } from 'chai';
import { issueKind } from '../../src/validation/issue-kinds.ts';
import { echo, formatMessage, type MessageId } from '../../src/validation/messages.ts';
import { messagesEn } from '../../src/validation/messages-en.ts';
import { messagesIt } from '../../src/validation/messages-it.ts';

const placeholders = (text: string): readonly string[] =>
  [...text.matchAll(/\{([a-zA-Z]+)\}/g)].map(([, name = '']) => name).sort();

describe('The message catalogues', () => {
  it('have the same ids in the same order', () => {
    expect(Object.keys(messagesIt)).to.have.members(Object.keys(messagesEn));
  });

  for (const [id, text] of Object.entries(messagesEn)) {
    it(`${id} has the same placeholders in both languages`, () => {
      expect([...new Set(placeholders(messagesIt[id as MessageId]))]).to.deep.equal([...new Set(placeholders(text))]);
    });
  }

  it('blame nobody and name no rule alone', () => {
    for (const text of Object.values(messagesEn)) expect(text).to.not.match(/invalid|failed to|error occurred/i);
  });

  it('fill in lists in the reader’s language', () => {
    const parameters = { value: '"x"', element: 'gender', codes: ['a', 'b', 'c'] };
    expect(formatMessage('code-not-allowed', parameters, 'en')).to.equal(
      '"x" is not an allowed code for `gender`. Use a, b or c.',
    );
    expect(formatMessage('code-not-allowed', parameters, 'it')).to.equal(
      '"x" non è un codice ammesso per `gender`. Usa a, b o c.',
    );
  });

  it('repeat codes, not words', () => {
    expect(echo('activ')).to.equal('"activ"');
    expect(echo('Mario Rossi')).to.equal('"…"');
  });

  it('know how grave they are', () => {
    expect(issueKind('narrative-missing')).to.deep.equal({ severity: 'warning', code: 'invariant' });
    expect(issueKind('property-unknown')).to.deep.equal({ severity: 'error', code: 'structure' });
  });
});
