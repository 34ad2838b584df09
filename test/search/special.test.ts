import { expect } from 'chai';
import { itFinds, refusal, resource } from './fixture.ts';

const place = (latitude: number, longitude: number) => resource('Location', { position: { latitude, longitude } });

describe('search.html#special: Location?near=[latitude]|[longitude]|[distance]|[units]', () => {
  const turin = place(45.0703, 7.6869);
  itFinds(turin, [
    ['near=45.07|7.69|5|km', true],
    ['near=45.07|7.69', true, '"If the distance is omitted, then the server can use its own discretion": 10 km'],
    ['near=45.4642|9.19|50|km', false, 'Milan'],
    ['near=45.4642|9.19|130|km', true],
    ['near=45.4642|9.19|130', true, '"If the units are omitted, then kms should be assumed"'],
    ['near=45.4642|9.19|80|[mi_i]', true],
    ['near=45.4642|9.19|130000|m', true],
    ['near=45.4642|9.19|1|km,45.07|7.69|1|km', true],
  ]);
  // Haversine on a sphere of 6371.0088 km: Turin to Milan 125.52 km.
  itFinds(turin, [
    ['near=45.4642|9.19|125.4|km', false],
    ['near=45.4642|9.19|125.6|km', true],
    ['near=45.0703|7.6869|0', true, 'a place is near itself'],
    ['near=-45.0703|-172.3131|20015', false, 'the other side of the Earth'],
    ['near=-45.0703|-172.3131|20016', true],
    ['near=0|0|1000000', true, 'farther than anything is'],
  ]);
  itFinds(place(45.5, 9.9), [['near=45|9|80|km', false, 'in the box around the circle, but not in the circle']]);
  itFinds(place(0, 179.99), [['near=0|-179.99|5|km', true, 'across the antimeridian']]);
  itFinds(place(0, -179.99), [['near=0|179.99|5|km', true]]);
  itFinds(place(89.99, 100), [['near=89.99|-80|10|km', true, 'across the pole']]);
  itFinds(resource('Location'), [['near=0|0', false]]);

  for (const value of ['45', '45|7|5|parsec', '91|0', '0|181', 'a|b', '45|7|-1', '45|7|5|km|x', '|']) {
    it(`refuses '${value}' with 400`, () => expect(refusal('Location', `near=${value}`).status).to.equal(400));
  }
  it('takes no modifier', () => expect(refusal('Location', 'near:missing=true').message).to.match(/it takes none/));
});
