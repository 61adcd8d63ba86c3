/** A thread that does runs of the evaluation. */
import { answerTasks } from '../../server/src/host/thread-pool.ts';
import { evaluator } from './faro-evaluated-run.ts';

answerTasks(evaluator());
