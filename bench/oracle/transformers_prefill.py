"""A prefill by Hugging Face transformers in FP32 on the CPU, which halts before each layer.

Usage: transformers_prefill.py CONFIG TOKENS THREADS

Prints a line of JSON at each halt and waits for a line on standard input; halts are not counted. The weights are
random: only the shapes matter here.
"""

import json
import resource
import sys
import time

import torch
import transformers


def main() -> None:
    config_file, tokens, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    with open(config_file) as file:
        described = json.load(file)
    described.pop("architectures", None)
    config = transformers.AutoConfig.for_model(**described)
    with torch.device("cpu"):
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.eval()
    prompt = torch.tensor([[(i * 7919 + 1) % config.vocab_size for i in range(tokens)]])

    halted = 0.0
    counting = False

    def halt(answer: dict) -> None:
        nonlocal halted
        since = time.perf_counter()
        print(json.dumps(answer), flush=True)
        if not sys.stdin.readline():
            sys.exit(1)
        halted += time.perf_counter() - since

    def before_layer(layer, *_) -> None:
        if counting:
            halt({"layer": layer})

    for index, layer in enumerate(model.model.layers):
        layer.register_forward_pre_hook(lambda _module, _inputs, index=index: before_layer(index))

    with torch.inference_mode():
        halt({"ready": True})
        model(prompt[:, :16], logits_to_keep=1)
        halt({"warm": True})
        counting = True
        halted = 0.0
        start = time.perf_counter()
        model(prompt, logits_to_keep=1, use_cache=True)
        seconds = time.perf_counter() - start - halted
    print(
        json.dumps(
            {
                "prefillSeconds": seconds,
                "peakResidentBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
            }
        ),
        flush=True,
    )


main()
