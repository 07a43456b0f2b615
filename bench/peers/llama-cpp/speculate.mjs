// Times llama.cpp without and with a draft model for `lockstep lab speculation --peer llama.cpp`.
//
//   npm install --omit=optional --ignore-scripts
//   node speculate.mjs MODEL.gguf DRAFT.gguf THREADS REQUESTS.json
//
// REQUESTS.json: {"prompts": [[ids], ...], "tokens": N, "temperature": T, "seed": S, "rounds": R, "guesses": [G, ...]}. Each prompt
// is answered R times without the draft and with it for each G, in turns, each time in new contexts. G tokens are guessed at a
// time, however sure the draft is; 0 leaves all that to the predictor, which then guesses beside the model and is not waited for. Time counts from the first token to the last. Prints one JSON object; times are the sums over all prompts of the medians over
// all rounds:
//
//   {"peer": "...", "tokens": behind the first, "plain_ms": ..., "drafts": [{"guesses": G, "ms": ..., "tokens_same": prompts,
//    "accepted": ..., "drafted": ...}, ...]}
import {readFileSync} from "node:fs";
import {DraftSequenceTokenPredictor, getLlama} from "node-llama-cpp";

const [modelPath, draftPath, threadsText, requestsPath] = process.argv.slice(2);
const threads = Number(threadsText);
if (!(threads >= 1) || requestsPath === undefined) {
    console.error("usage: node speculate.mjs MODEL.gguf DRAFT.gguf THREADS REQUESTS.json");
    process.exit(2);
}
const {prompts, tokens, temperature, seed, rounds, guesses} = JSON.parse(readFileSync(requestsPath, "utf8"));

const median = (figures) => {
    const sorted = figures.toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const llama = await getLlama({gpu: false, build: "never", logLevel: "error", maxThreads: threads});
const model = await llama.loadModel({modelPath});
const draft = await llama.loadModel({modelPath: draftPath});
const drafts = guesses.map((count) => ({guesses: count, ms: 0, tokens_same: 0, accepted: 0, drafted: 0}));

async function answer(number, figures) {
    const contextSize = prompts[number].length + tokens + 32;
    const options = {contextSize, batchSize: Math.max(prompts[number].length, 64), threads};
    const context = await model.createContext(options);
    const draftContext = figures !== null ? await draft.createContext(options) : null;
    const limits = figures === null || figures.guesses === 0
        ? {}
        : {minTokens: figures.guesses, maxTokens: figures.guesses, minConfidence: 0};
    const sequence = context.getSequence(figures !== null
        ? {tokenPredictor: new DraftSequenceTokenPredictor(draftContext.getSequence(), limits)}
        : {});
    const output = [];
    let first = 0;
    let last = 0;
    const sampling = {temperature, seed: seed + number, yieldEogToken: true};
    for await (const token of sequence.evaluate(prompts[number], sampling)) {
        output.push(token);
        last = performance.now();
        if (output.length === 1) {
            first = last;
        }
        if (output.length === tokens) {
            break;
        }
    }
    if (figures !== null) {
        const {validated, refuted} = sequence.tokenPredictions;
        figures.accepted += validated;
        figures.drafted += validated + refuted;
    }
    await context.dispose();
    await draftContext?.dispose();
    return {output, ms: last - first};
}

let plainMs = 0;
let behindTheFirst = 0;
for (let number = 0; number < prompts.length; number++) {
    const plain = [];
    const guessed = drafts.map(() => []);
    for (let round = 0; round < rounds; round++) {
        plain.push(await answer(number, null));
        for (let i = 0; i < drafts.length; i++) {
            guessed[i].push(await answer(number, drafts[i]));
        }
    }
    behindTheFirst += plain[0].output.length - 1;
    plainMs += median(plain.map(({ms}) => ms));
    drafts.forEach((figures, i) => {
        figures.ms += median(guessed[i].map(({ms}) => ms));
        figures.tokens_same += guessed[i][0].output.join() === plain[0].output.join() ? 1 : 0;
    });
}
const {version} = JSON.parse(readFileSync(new URL("node_modules/node-llama-cpp/package.json", import.meta.url)));
console.log(JSON.stringify({
    peer: `llama.cpp (node-llama-cpp ${version})`,
    tokens: behindTheFirst,
    plain_ms: plainMs,
    drafts
}));
process.exit(0);
