/** An older person with high blood pressure: an exemption by condition, several medicines, seasonal vaccines. */
import { documents } from '../identifiers.ts';
import { exempt, prescribe, type Story, vaccinate } from './story.ts';

const medicines = [
  { text: 'Ramipril 5 mg compresse', dose: '1 compressa al mattino' },
  { text: 'Atorvastatina 20 mg compresse', dose: '1 compressa alla sera' },
  { text: 'Acido acetilsalicilico 100 mg compresse', dose: '1 compressa dopo pranzo' },
] as const;

export const anziano: Story = {
  name: 'anziano',
  bornFrom: 1932,
  bornTo: 1950,
  tell: (record) => {
    const exemption = exempt(record, '0A31', 'Ipertensione arteriosa', 2000);
    for (const daysAgo of [15, 75]) {
      const prescribed = medicines.map((medicine) => prescribe(record, medicine, daysAgo, exemption));
      record.addDocument(documents.prescription, daysAgo, prescribed);
    }
    const given = [
      vaccinate(record, { text: 'Vaccino influenzale adiuvato', disease: '45' }, 1, 30),
      vaccinate(record, { text: 'Vaccino anti-herpes zoster ricombinante', disease: '11' }, 1, 200),
      vaccinate(record, { text: 'Vaccino COVID-19', disease: '44' }, 4, 30),
    ];
    record.addDocument(documents.certificate, 29, given);
  },
};
