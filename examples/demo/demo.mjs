// One row of the demo: OLD NEW SIGNATURE DELTA RESULT. Prints the seconds that each of the three steps took.
import { delta, patch, signature } from 'syncline';

const [oldFile, newFile, signatureFile, deltaFile, resultFile] = process.argv.slice(2);
const times = [performance.now()];
await signature(oldFile, { output: signatureFile });
times.push(performance.now());
await delta(signatureFile, newFile, { output: deltaFile });
times.push(performance.now());
await patch(oldFile, deltaFile, { output: resultFile });
times.push(performance.now());
console.log(times.slice(1).map((end, i) => ((end - times[i]) / 1000).toFixed(3)).join(' '));
