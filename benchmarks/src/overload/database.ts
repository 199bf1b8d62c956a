import { startPostgres } from '@breakwater/testing/services'
import { type SharedService, shareService } from '../service.ts'

/** A PostgreSQL server for all of this process. */
export const database: SharedService = shareService('PostgreSQL', () => startPostgres())
