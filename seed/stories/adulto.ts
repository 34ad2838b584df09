/** A healthy adult: no exemption, a prescription now and then, the tetanus booster. */
import { prescribe, type Story, vaccinate } from './story.ts';

export const adulto: Story = {
  name: 'adulto',
  bornFrom: 1976,
  bornTo: 2004,
  tell: (record) => {
    const ibuprofen = prescribe(
      record,
      { text: 'Ibuprofene 600 mg compresse', dose: '1 compressa al bisogno, al massimo 3 al giorno' },
      10,
    );
    record.addDocument({
      loinc: '57833-6',
      classCode: 'PRS',
      title: 'Prescrizione farmaceutica',
      daysAgo: 10,
      entries: [ibuprofen],
    });
    const booster = vaccinate(record, { text: 'Vaccino antitetanico, richiamo', disease: '37' }, 3, 900);
    record.addDocument({
      loinc: '87273-9',
      classCode: 'VAC',
      title: 'Scheda della singola vaccinazione',
      daysAgo: 900,
      entries: [booster],
    });
  },
};
