import { expect } from 'chai';
import { handlers } from '../../src/interactions/handlers.ts';
import { interactionTable, matchPath } from '../../src/interactions/table.ts';

describe('interactions/table', () => {
  const cases: readonly [method: string, path: string, code: string | undefined, allow: string][] = [
    ['GET', 'metadata', 'capabilities', 'GET, HEAD'],
    ['POST', '', 'transaction', 'POST, GET, HEAD'],
    ['GET', '', 'search-system', 'POST, GET, HEAD'],
    ['POST', '_search', 'search-system', 'POST'],
    ['GET', '_history', 'history-system', 'GET, HEAD'],
    ['GET', 'Patient', 'search-type', 'GET, HEAD, POST, PUT, PATCH, DELETE'],
    ['POST', 'Patient', 'create', 'GET, HEAD, POST, PUT, PATCH, DELETE'],
    ['PUT', 'Patient', 'update', 'GET, HEAD, POST, PUT, PATCH, DELETE'],
    ['PATCH', 'Patient', 'patch', 'GET, HEAD, POST, PUT, PATCH, DELETE'],
    ['DELETE', 'Patient', 'delete', 'GET, HEAD, POST, PUT, PATCH, DELETE'],
    ['POST', 'Patient/_search', 'search-type', 'POST'],
    ['GET', 'Patient/_search', undefined, 'POST'],
    ['GET', 'Patient/_history', 'history-type', 'GET, HEAD'],
    ['GET', 'Patient/1', 'read', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['HEAD', 'Patient/1', 'read', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['PUT', 'Patient/1', 'update', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['PATCH', 'Patient/1', 'patch', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['DELETE', 'Patient/1', 'delete', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['POST', 'Patient/1', undefined, 'GET, HEAD, PUT, PATCH, DELETE'],
    ['GET', 'Patient/1/_history', 'history-instance', 'GET, HEAD'],
    ['GET', 'Patient/1/_history/2', 'vread', 'GET, HEAD'],
    ['DELETE', 'Patient/1/_history/2', undefined, 'GET, HEAD'],
    ['GET', '$x', 'operation', 'GET, HEAD, POST'],
    ['POST', 'Patient/$x', 'operation', 'GET, HEAD, POST'],
    ['POST', 'Patient/1/$x', 'operation', 'GET, HEAD, POST'],
    ['GET', 'patient', undefined, ''],
    ['GET', 'Patient/1/Observation', 'search-type', 'GET, HEAD'],
    ['POST', 'Patient/1/Observation/_search', 'search-type', 'POST'],
    ['POST', 'Patient/1/Observation', undefined, 'GET, HEAD'],
    ['GET', 'Patient/1/*', 'search-system', 'GET, HEAD'],
    ['POST', 'Patient/1/*/_search', 'search-system', 'POST'],
    ['POST', 'Patient/1/_search', 'search-system', 'POST'],
    ['GET', 'Patient/1/observation', undefined, ''],
    ['GET', 'Patient/*/Observation/1', undefined, ''],
    ['GET', 'Patient/1/_history/2/3', undefined, ''],
  ];
  for (const [method, path, code, allow] of cases) {
    it(`${method} /${path} is ${code ?? 'nothing'}`, () => {
      const found = matchPath(method, path === '' ? [] : path.split('/'));
      expect(found.match?.row.code).to.equal(code);
      expect(found.allow.join(', ')).to.equal(allow);
    });
  }

  it('gives what the path holds', () => {
    const { match } = matchPath('GET', ['Patient', '1', '_history', '2']);
    expect(match).to.include({ type: 'Patient', id: '1', versionId: '2' });
    const inside = matchPath('GET', ['Patient', '1', 'Observation']);
    expect(inside.match).to.include({ compartment: 'Patient', id: '1', type: 'Observation' });
    expect(matchPath('GET', ['Patient', '1', '*']).match).not.to.have.property('type');
    expect(matchPath('POST', ['Patient', '1', '$validate']).match).to.include({ operation: 'validate' });
  });

  it('leaves out what is not offered', () => {
    const { match, allow } = matchPath('DELETE', ['Patient', '1'], (code) => code !== 'delete');
    expect(match).to.equal(undefined);
    expect(allow).to.deep.equal(['GET', 'HEAD', 'PUT', 'PATCH']);
  });

  it('has a handler for each interaction', () => {
    const codes = new Set(interactionTable.map(({ code }) => code));
    expect([...handlers.keys()].sort()).to.deep.equal([...codes].sort());
  });
});
