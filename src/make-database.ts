/** Entry of the process that makes the embedded queue's database, in the folder that its argument names, and ends. */
import { makeDatabase } from './jobs/new-database.ts';

await makeDatabase(process.argv[2]!);
