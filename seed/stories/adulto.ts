/** A healthy adult: not exempt, and says so; a prescription now and then, the tetanus booster. */
import { documents } from '../identifiers.ts';
import { exempt, prescribe, type Story, vaccinate } from './story.ts';

export const adulto: Story = {
  name: 'adulto',
  bornFrom: 1976,
  bornTo: 2004,
  tell: (record) => {
    const notExempt = exempt(record, 'NE', 'Non esente', 400);
    const ibuprofen = prescribe(
      record,
      { text: 'Ibuprofene 600 mg compresse', dose: '1 compressa al bisogno, al massimo 3 al giorno' },
      10,
      notExempt,
    );
    record.addDocument(documents.prescription, 10, [ibuprofen]);
    const booster = vaccinate(record, { text: 'Vaccino antitetanico, richiamo', disease: '37' }, 3, 900);
    record.addDocument(documents.vaccination, 900, [booster]);
  },
};
