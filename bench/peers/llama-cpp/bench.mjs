// Times llama.cpp for `lockstep bench --peer llama.cpp`, which starts it once in every round.
//
//   npm install --omit=optional --ignore-scripts
//   node bench.mjs MODEL.gguf THREADS decode=1 decode=4 prefill=64 ...
//
// decode=N: N sequences of one context, each with a prompt of 15 tokens; the time between two steps of the first, with
// the greedy choice of the tokens. prefill=N: a prompt of N tokens in a new context. Prints one JSON object:
//
//   {"peer": "...", "steps": [{"phase": "decode", "rows": 1, "ms": the median of the steps}, ...]}
import {readFileSync} from "node:fs";
import {getLlama} from "node-llama-cpp";

const PROMPT = 15;
const STEPS_IGNORED = 2;
const STEPS = 8;
const PREFILLS = 2;

const [modelPath, threadsText, ...steps] = process.argv.slice(2);
const threads = Number(threadsText);
if (!(threads >= 1) || steps.length === 0 || !steps.every((step) => /^(decode|prefill)=[1-9][0-9]*$/.test(step))) {
    console.error("usage: node bench.mjs MODEL.gguf THREADS decode=ROWS|prefill=ROWS ...");
    process.exit(2);
}

const median = (figures) => {
    const sorted = figures.toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const prompt = (length, first) => Array.from({length}, (_, i) => 3 + (first + 7 * i) % 200);

async function decode(model, rows) {
    const context = await model.createContext({contextSize: 64, sequences: rows, batchSize: 512, threads});
    const times = [];
    const sequences = Array.from({length: rows}, () => context.getSequence());
    await Promise.all(sequences.map(async (sequence, number) => {
        let tokens = 0;
        for await (const _ of sequence.evaluate(prompt(PROMPT, number), {temperature: 0, yieldEogToken: true})) {
            if (number === 0) {
                times.push(performance.now());
            }
            if (++tokens > STEPS_IGNORED + STEPS) {
                break;
            }
        }
    }));
    await context.dispose();
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    return median(gaps.slice(STEPS_IGNORED));
}

async function prefill(model, rows) {
    const times = [];
    for (let i = 0; i < PREFILLS; i++) {
        const context = await model.createContext({contextSize: rows + 16, batchSize: Math.max(rows, 32), threads});
        const begin = performance.now();
        await context.getSequence().evaluateWithoutGeneratingNewTokens(prompt(rows, 0));
        times.push(performance.now() - begin);
        await context.dispose();
    }
    return median(times);
}

const llama = await getLlama({gpu: false, build: "never", logLevel: "error", maxThreads: threads});
const model = await llama.loadModel({modelPath});
const figures = [];
for (const step of steps) {
    const [phase, rowsText] = step.split("=");
    const rows = Number(rowsText);
    figures.push({phase, rows, ms: await (phase === "decode" ? decode : prefill)(model, rows)});
}
const {version} = JSON.parse(readFileSync(new URL("node_modules/node-llama-cpp/package.json", import.meta.url)));
console.log(JSON.stringify({peer: `llama.cpp (node-llama-cpp ${version})`, steps: figures}));
process.exit(0);
