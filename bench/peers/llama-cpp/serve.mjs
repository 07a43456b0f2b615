// Has llama.cpp answer a load's requests for `lockstep bench serve --peer llama.cpp`.
//
//   npm install --omit=optional --ignore-scripts
//   node serve.mjs MODEL.gguf THREADS SEQUENCES CONTEXT reuse|fresh
//
// One context with SEQUENCES sequences of CONTEXT tokens each, batched by the library. Who finds no free sequence
// waits, in order of arrival. `reuse`: a sequence keeps what it computed, and a request gets the free one that has
// most of its prompt; `fresh`: nothing is kept. Greedy; the end of text is a token like any other.
//
// JSON lines on standard input and output; times are nanoseconds of this process's own clock:
//
//   <- {"peer": "its name and version"}                                        ready
//   -> {"clock": true}
//   <- {"clock": 123}                                                          what its clock shows
//   -> {"request": 7, "prompt": [1, 2, 3], "tokens": 2}
//   <- {"request": 7, "received_ns": 1, "admitted_ns": 2, "token_ns": [3, 4], "tokens": [8, 9], "cached_tokens": 0}
//   <- {"request": 7, "error": "what went wrong"}                              in its place
//
// The end of standard input ends it.
import {readFileSync} from "node:fs";
import {createInterface} from "node:readline";
import {getLlama} from "node-llama-cpp";

// The library shifts a sequence when it is nearly full, which no request of the load needs.
const CONTEXT_SPARE = 16;

const [modelPath, threadsText, sequencesText, contextText, keeping] = process.argv.slice(2);
const [threads, sequences, contextSize] = [threadsText, sequencesText, contextText].map(Number);
if (!(threads >= 1 && sequences >= 1 && contextSize >= 1) || !["reuse", "fresh"].includes(keeping)) {
    console.error("usage: node serve.mjs MODEL.gguf THREADS SEQUENCES CONTEXT reuse|fresh");
    process.exit(2);
}

const origin = process.hrtime.bigint();
const now = () => Number(process.hrtime.bigint() - origin);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const llama = await getLlama({gpu: false, build: "never", logLevel: "error", maxThreads: threads});
const model = await llama.loadModel({modelPath});
const context = await model.createContext({contextSize: contextSize + CONTEXT_SPARE, sequences, threads});
const free = Array.from({length: sequences}, () => context.getSequence());
const waiting = [];

const common = (sequence, prompt) => sequence.compareContextTokens(prompt).firstDifferentIndex;

function takeSequence(prompt) {
    let best = 0;
    if (keeping === "reuse") {
        for (let i = 1; i < free.length; i++) {
            if (common(free[i], prompt) > common(free[best], prompt)) {
                best = i;
            }
        }
    }
    return free.splice(best, 1)[0];
}

async function generate(job, sequence) {
    // The last token of a prompt is computed in any case: its logits are wanted.
    await (keeping === "reuse" ? sequence.adaptStateToTokens(job.prompt.slice(0, -1), false) : sequence.clearHistory());
    const cached = sequence.nextTokenIndex;
    const times = [];
    const tokens = [];
    for await (const token of sequence.evaluate(job.prompt.slice(cached), {temperature: 0, yieldEogToken: true})) {
        times.push(now());
        tokens.push(token);
        if (tokens.length === job.tokens) {
            break;
        }
    }
    return {token_ns: times, tokens, cached_tokens: cached};
}

async function answer(job, sequence) {
    const {request, received} = job;
    const admitted = now();
    try {
        const generated = await generate(job, sequence);
        say({request, received_ns: received, admitted_ns: admitted, ...generated});
    } catch (error) {
        say({request, error: error.message});
    }
    free.push(sequence);
    admit();
}

function admit() {
    while (free.length > 0 && waiting.length > 0) {
        const job = waiting.shift();
        void answer(job, takeSequence(job.prompt));
    }
}

createInterface({input: process.stdin})
    .on("line", (line) => {
        const message = JSON.parse(line);
        if (message.clock) {
            say({clock: now()});
        } else {
            waiting.push({...message, received: now()});
            admit();
        }
    })
    .on("close", () => process.exit(0));

const {version} = JSON.parse(readFileSync(new URL("node_modules/node-llama-cpp/package.json", import.meta.url)));
say({peer: `llama.cpp (node-llama-cpp ${version})`});
