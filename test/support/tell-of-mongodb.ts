/** Required by `npm test`: says once, whatever the number of processes, that there is no MongoDB server to test with. */
import { findMongo, howToGetMongo } from './mongodb-server.ts';

export function mochaGlobalSetup(): void {
  if (findMongo() === undefined && process.env['REQUIRE_MONGODB'] !== '1')
    console.log(`The MongoDB suite is skipped: no server was found. ${howToGetMongo}`);
}
