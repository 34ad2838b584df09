/** An adult with diabetes: the exemption 013, prescriptions under it every two months, the yearly influenza vaccine. */
import { documents } from '../identifiers.ts';
import { exempt, prescribe, type Story, vaccinate } from './story.ts';

export const diabete: Story = {
  name: 'diabete',
  bornFrom: 1945,
  bornTo: 1975,
  tell: (record) => {
    const exemption = exempt(record, '013.250', 'Diabete mellito', 1500);
    for (const daysAgo of [20, 80, 140, 200]) {
      const metformin = prescribe(
        record,
        { text: 'Metformina 1000 mg compresse', dose: '1 compressa due volte al giorno' },
        daysAgo,
        exemption,
      );
      record.addDocument(documents.prescription, daysAgo, [metformin]);
    }
    const flu = vaccinate(record, { text: 'Vaccino influenzale quadrivalente', disease: '16' }, 1, 25);
    record.addDocument(documents.vaccination, 25, [flu]);
  },
};
