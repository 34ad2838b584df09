import { expect } from 'chai';
import { baseUrlOf, readConfig, settings } from '../src/config.ts';

type Environment = Readonly<Record<string, string>>;

function configOf(environment: Environment) {
  const result = readConfig(environment);
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result.config;
}

function problemsOf(environment: Environment): readonly string[] {
  const result = readConfig(environment);
  return 'problems' in result ? result.problems : [];
}

describe('config.ts', () => {
  it('has safe defaults', () => {
    expect(configOf({})).to.deep.equal({
      port: 8080,
      host: '127.0.0.1',
      dataDir: './data',
      auth: 'smart',
      trustedIssuers: [],
      corsOrigins: [],
      validation: 'fse',
      profilePackages: [],
      references: 'checked',
      timeZone: 'Europe/Rome',
      logLevel: 'info',
    });
  });

  it('takes an empty value for none', () => {
    expect(configOf({ PORT: '', MONGODB_URI: '', CORS_ORIGINS: '' })).to.deep.equal(configOf({}));
  });

  const accepted: readonly (readonly [environment: Environment, part: object])[] = [
    [{ PORT: '0' }, { port: 0 }],
    [{ PORT: '65535' }, { port: 65_535 }],
    [{ HOST: '::1' }, { host: '::1' }],
    [{ HOST: '127.8.8.8', AUTH: 'none' }, { auth: 'none' }],
    [{ HOST: 'localhost', AUTH: 'none' }, { auth: 'none' }],
    [{ HOST: '0.0.0.0', PUBLIC_BASE_URL: 'https://fse.example.it/fhir/' }, { publicBaseUrl: 'https://fse.example.it/fhir' }],
    [{ MONGODB_URI: 'mongodb+srv://u:p@db.example/fse' }, { mongodbUri: 'mongodb+srv://u:p@db.example/fse' }],
    [
      { CORS_ORIGINS: 'https://a.example, http://localhost:3000' },
      { corsOrigins: ['https://a.example', 'http://localhost:3000'] },
    ],
    [
      { TRUSTED_ISSUERS: '[{"issuer":"https://id.example","jwks":"http://127.0.0.1:9/jwks"}]' },
      { trustedIssuers: [{ issuer: 'https://id.example', jwks: 'http://127.0.0.1:9/jwks' }] },
    ],
    [{ TIME_ZONE: 'UTC' }, { timeZone: 'UTC' }],
    [{ PROFILE_PACKAGES: '/a/b.tgz, ./c' }, { profilePackages: ['/a/b.tgz', './c'] }],
  ];
  for (const [environment, part] of accepted) {
    it(`reads ${JSON.stringify(environment)}`, () => expect(configOf(environment)).to.deep.include(part));
  }

  const refused: readonly (readonly [environment: Environment, problem: RegExp])[] = [
    [{ PORT: '80a' }, /^PORT is "80a"; it must be a number from 0 to 65535\.$/],
    [{ PORT: '65536' }, /^PORT is "65536"/],
    [{ PORT: '-1' }, /^PORT is "-1"/],
    [{ PORT: '8e3' }, /^PORT is "8e3"/],
    [{ HOST: 'a host' }, /^HOST is "a host"/],
    [{ HOST: '0.0.0.0' }, /^PUBLIC_BASE_URL is not set while HOST is "0\.0\.0\.0"/],
    [{ HOST: '0.0.0.0', PUBLIC_BASE_URL: 'https://a.example/fhir', AUTH: 'none' }, /^AUTH is "none" while HOST is "0\.0\.0\.0"/],
    [{ HOST: '127.0.0.1.evil.example', AUTH: 'none', PUBLIC_BASE_URL: 'https://a.example' }, /^AUTH is "none"/],
    [{ PUBLIC_BASE_URL: 'fse.example.it/fhir' }, /^PUBLIC_BASE_URL is "fse\.example\.it\/fhir"; it must be an absolute/],
    [{ PUBLIC_BASE_URL: 'ftp://fse.example.it' }, /^PUBLIC_BASE_URL/],
    [{ PUBLIC_BASE_URL: 'https://fse.example.it/fhir?a=b' }, /^PUBLIC_BASE_URL/],
    [{ PUBLIC_BASE_URL: 'https://user:pass@fse.example.it/fhir' }, /^PUBLIC_BASE_URL/],
    [{ AUTH: 'off' }, /^AUTH is "off"; it must be smart or none\.$/],
    [{ VALIDATION: 'strict' }, /^VALIDATION is "strict"; it must be fse, base or off\.$/],
    [{ LOG_LEVEL: 'verbose' }, /^LOG_LEVEL is "verbose"; it must be error, warn, info or debug\.$/],
    [{ TIME_ZONE: 'Roma' }, /^TIME_ZONE is "Roma"/],
    [{ TRUSTED_ISSUERS: 'https://id.example' }, /^TRUSTED_ISSUERS is "https:\/\/id\.example"; it must be JSON/],
    [{ TRUSTED_ISSUERS: '[{"issuer":"https://id.example"}]' }, /^TRUSTED_ISSUERS/],
    [{ TRUSTED_ISSUERS: '[{"issuer":"https://id.example","jwks":"http://id.example/jwks"}]' }, /^TRUSTED_ISSUERS/],
    [{ TRUSTED_ISSUERS: '[{"issuer":"https://id.example","jwks":"https://id.example/jwks","key":1}]' }, /^TRUSTED_ISSUERS/],
    [{ CORS_ORIGINS: '*' }, /^CORS_ORIGINS is "\*"/],
    [{ CORS_ORIGINS: 'https://a.example/' }, /^CORS_ORIGINS/],
    [{ CORS_ORIGINS: 'https://a.example,' }, /^CORS_ORIGINS/],
  ];
  for (const [environment, problem] of refused) {
    it(`refuses ${JSON.stringify(environment)}`, () => {
      const problems = problemsOf(environment);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(problem);
    });
  }

  it('tells every bad value at once', () => {
    expect(problemsOf({ PORT: 'x', AUTH: 'x', LOG_LEVEL: 'x' })).to.have.length(3);
  });

  it('never repeats a password', () => {
    const problems = problemsOf({ MONGODB_URI: 'mongo://fse:secret@db1/fse' });
    expect(problems.join()).to.match(/^MONGODB_URI is not understood; it must be a MongoDB connection string/);
    expect(problems.join()).not.to.include('secret');
  });

  it('builds the base from the port listened on unless one is configured', () => {
    expect(baseUrlOf(configOf({ PORT: '0' }), 4711)).to.equal('http://localhost:4711/fhir');
    expect(baseUrlOf(configOf({ PUBLIC_BASE_URL: 'https://a.example/r4' }), 4711)).to.equal('https://a.example/r4');
  });

  it('has a sentence for every setting, and no setting twice', () => {
    expect(settings.every(({ sentence, allowed }) => sentence.endsWith('.') && !allowed.endsWith('.'))).to.equal(true);
    expect(new Set(settings.map(({ name }) => name))).to.have.property('size', settings.length);
  });
});
