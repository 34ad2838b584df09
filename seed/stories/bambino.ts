/** A child: the vaccinations of the national plan, an exemption by age and income, an antibiotic once. */
import { documents } from '../identifiers.ts';
import { exempt, prescribe, type Story, vaccinate } from './story.ts';

export const bambino: Story = {
  name: 'bambino',
  bornFrom: 2021,
  bornTo: 2024,
  tell: (record) => {
    const exemption = exempt(record, 'E01', 'Età e reddito', 300);
    const doses = [
      { vaccine: { text: 'Vaccino esavalente', disease: '02' }, dose: 1, daysAgo: 600 },
      { vaccine: { text: 'Vaccino esavalente', disease: '02' }, dose: 2, daysAgo: 540 },
      { vaccine: { text: 'Vaccino antirotavirus', disease: '36' }, dose: 1, daysAgo: 600 },
      { vaccine: { text: 'Vaccino antimeningococcico B', disease: '19' }, dose: 1, daysAgo: 570 },
      { vaccine: { text: 'Vaccino MPR', disease: '23' }, dose: 1, daysAgo: 120 },
    ] as const;
    const given = doses.map(({ vaccine, dose, daysAgo }) => vaccinate(record, vaccine, dose, daysAgo));
    record.addDocument(documents.certificate, 100, given);
    const antibiotic = prescribe(
      record,
      { text: 'Amoxicillina 50 mg/ml sospensione', dose: '5 ml ogni 12 ore per 6 giorni' },
      45,
      exemption,
    );
    record.addDocument(documents.prescription, 45, [antibiotic]);
  },
};
