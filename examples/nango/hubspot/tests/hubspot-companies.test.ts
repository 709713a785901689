import { NangoSyncMock } from 'nango/test';
import { beforeEach, describe, expect, it } from 'vitest';

import sync from '../syncs/companies.js';

describe('hubspot companies', () => {
    let nango: NangoSyncMock;

    beforeEach(() => {
        nango = new NangoSyncMock({ dirname: import.meta.dirname, name: 'companies', Model: 'HubspotCompany' });
    });

    it('saves all pages between start and end of the deletion watch', async () => {
        await sync.exec(nango as never);

        const [first, second] = await nango.getBatchSaveData('HubspotCompany');
        expect(nango.batchSave.mock.calls).toEqual([
            [first, 'HubspotCompany'],
            [second, 'HubspotCompany']
        ]);
        expect(nango.trackDeletesStart).toHaveBeenCalledBefore(nango.batchSave);
        expect(nango.trackDeletesEnd).toHaveBeenCalledAfter(nango.batchSave);
    });

    it('deletes nothing when a page cannot be read', async () => {
        nango.get.mockRejectedValue(new Error('503'));

        await expect(sync.exec(nango as never)).rejects.toThrow('503');

        expect(nango.trackDeletesEnd).not.toHaveBeenCalled();
    });
});
