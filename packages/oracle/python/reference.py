"""Runs a model in Hugging Face transformers for Tilewright to compare with: CPU, float32, eager attention.

Requests come on stdin, one JSON object per line. Answers leave on stdout as frames: the length of a JSON header (unsigned,
32 bits, little-endian), the header, and as many bytes of data as the header's `bytes` says. A request is answered by any
number of `tap` and `logits` frames (float32, little-endian, row-major) and one `done` or `error` frame. When stdin ends, so
does this script.

    {"do": "start"}                                          a new sequence, with an empty KV cache
    {"do": "forward", "tokens": [...], "taps": "states",     appends tokens; taps are `none`, `states` (embedding, layer
     "logits": "all"}                                        outputs, final norm) or `kernels` (all there are)
    {"do": "encode", "text": "..."}, {"do": "decode", "tokens": [...]}

Arguments: a model directory; or a configuration, as a file or as JSON, and `--weights-from-stdin`, and then come, before
anything else, weights under their names in transformers, a line and float32 data each, and an end:

    {"do": "weight", "name": "model.norm.weight", "first": 0, "bytes": 8192}    from element `first` on, flat
    {"do": "open"}
"""

import json
import os
import struct
import sys


def open_channel():
    """Takes stdout for frames; whatever else prints there goes to stderr."""
    channel = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return channel


CHANNEL = open_channel()


def write_all(data):
    view = memoryview(data).cast("B")
    while len(view) > 0:
        view = view[CHANNEL.write(view):]


def send(kind, data=b"", **fields):
    header = json.dumps({"kind": kind, "bytes": memoryview(data).nbytes, **fields}).encode()
    write_all(struct.pack("<I", len(header)) + header)
    write_all(data)


def fail(code, message, **fields):
    send("error", code=code, message=message, **fields)


def requests():
    """Lines of stdin. Nothing is read ahead: data may follow a line."""
    for line in iter(sys.stdin.buffer.readline, b""):
        yield json.loads(line)


def import_packages():
    missing = []
    for name in ("torch", "transformers", "safetensors"):
        try:
            __import__(name)
        except ImportError as error:
            # A package that is there and lacks something of its own says so itself.
            missing.append(name if error.name == name else f"{name} ({error})")
    return missing


class Reference:
    def __init__(self, place, from_stdin):
        import torch
        import transformers

        self.torch = torch
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        torch.set_grad_enabled(False)
        self.directory = place
        self.model = self.build(place) if from_stdin else self.load()
        self.model.eval()
        self.cache = None
        self.taps = "none"
        self.layer = 0
        self.hook()

    def load(self):
        import transformers

        options = {"attn_implementation": "eager", "local_files_only": True, "use_safetensors": True}
        return self.in_float32(transformers.AutoModelForCausalLM.from_pretrained, self.directory, options)

    def build(self, config):
        """A model of a configuration, with the weights that come on stdin."""
        import transformers

        if not config.startswith("{"):
            with open(config, encoding="utf-8") as file:
                config = file.read()
        fields = json.loads(config)
        for name in ("dtype", "torch_dtype"):
            fields.pop(name, None)
        config = transformers.AutoConfig.for_model(fields.pop("model_type"), **fields)
        with self.torch.device("meta"):
            create = transformers.AutoModelForCausalLM.from_config
            model = self.in_float32(create, config, {"attn_implementation": "eager"})
        model.to_empty(device="cpu")
        # What is computed and not stored was left empty too.
        model.model.rotary_emb = type(model.model.rotary_emb)(config=config)
        model.tie_weights()
        weights = dict(model.named_parameters())
        missing = {name: weight.numel() for name, weight in weights.items()}
        for request in requests():
            if request["do"] == "open":
                break
            data = sys.stdin.buffer.read(request["bytes"])
            values = self.torch.frombuffer(bytearray(data), dtype=self.torch.float32)
            name, first = request["name"], request["first"]
            weights[name].data.view(-1)[first:first + values.numel()] = values
            missing[name] -= values.numel()
        incomplete = [name for name, count in missing.items() if count != 0]
        if incomplete:
            raise ValueError(f"weights did not come as a whole: {', '.join(incomplete[:3])}")
        return model

    def in_float32(self, create, what, options):
        try:
            return create(what, dtype=self.torch.float32, **options)
        except TypeError:
            return create(what, torch_dtype=self.torch.float32, **options)

    def versions(self):
        import platform

        import transformers

        return {
            "python": platform.python_version(),
            "transformers": transformers.__version__,
            "torch": self.torch.__version__.split("+")[0],
            "threads": self.torch.get_num_threads(),
        }

    def hook(self):
        """Every value that has a module of its own, or is the input of one; rotated queries and keys from the function."""
        base = self.model.model
        self.after(base.embed_tokens, "embedding", "states")
        for index, layer in enumerate(base.layers):
            attention, mlp = layer.self_attn, layer.mlp
            attention.register_forward_pre_hook(lambda *_, index=index: setattr(self, "layer", index))
            self.after(layer.input_layernorm, f"layers.{index}.input_norm")
            for name in ("q_proj", "k_proj", "v_proj", "q_norm", "k_norm"):
                if hasattr(attention, name):
                    self.after(getattr(attention, name), f"layers.{index}.{name}")
            self.before(attention.o_proj, f"layers.{index}.attention")
            self.after(attention.o_proj, f"layers.{index}.o_proj")
            self.after(layer.post_attention_layernorm, f"layers.{index}.post_attention_norm")
            self.after(mlp.gate_proj, f"layers.{index}.gate_proj")
            self.after(mlp.up_proj, f"layers.{index}.up_proj")
            self.before(mlp.down_proj, f"layers.{index}.silu_mul")
            self.after(mlp.down_proj, f"layers.{index}.down_proj")
            self.after(layer, f"layers.{index}.output", "states")
        self.after(base.norm, "final_norm", "states")
        self.hook_rotation(type(base.layers[0].self_attn))

    def hook_rotation(self, attention):
        module = sys.modules[attention.__module__]
        rotate = module.apply_rotary_pos_emb

        def rotate_and_tell(*args, **kwargs):
            rotated = rotate(*args, **kwargs)
            for name, value in zip(("q_rope", "k_rope"), rotated):
                # [1, heads, tokens, head_dim] there, [tokens, heads, head_dim] here.
                self.tell(f"layers.{self.layer}.{name}", value[0].transpose(0, 1), "kernels")
            return rotated

        module.apply_rotary_pos_emb = rotate_and_tell

    def after(self, module, name, level="kernels"):
        def hook(_module, _inputs, output):
            self.tell(name, (output[0] if isinstance(output, tuple) else output)[0], level)

        module.register_forward_hook(hook)

    def before(self, module, name):
        module.register_forward_pre_hook(lambda _module, inputs: self.tell(name, inputs[0][0], "kernels"))

    def tell(self, name, value, level):
        if self.taps == "kernels" or self.taps == level:
            self.send_tensor("tap", value, name=name)

    def send_tensor(self, kind, value, **fields):
        array = value.detach().to(self.torch.float32).contiguous().numpy().astype("<f4", copy=False)
        send(kind, array, shape=list(array.shape), **fields)

    def start(self, _request):
        self.cache = None
        return {}

    def forward(self, request):
        self.taps = request.get("taps", "none")
        keep = 0 if request.get("logits") == "all" else 1
        tokens = self.torch.tensor([request["tokens"]], dtype=self.torch.long)
        result = self.model(input_ids=tokens, past_key_values=self.cache, use_cache=True, logits_to_keep=keep)
        self.cache = result.past_key_values
        logits = result.logits[0]
        self.send_tensor("logits", logits)
        top = self.torch.topk(logits[-1], min(5, logits.shape[-1]))
        return {"top": top.indices.tolist(), "topLogits": top.values.tolist()}

    def tokenizer(self):
        import transformers

        return transformers.AutoTokenizer.from_pretrained(self.directory, local_files_only=True)

    def encode(self, request):
        return {"tokens": self.tokenizer()(request["text"])["input_ids"]}

    def decode(self, request):
        return {"text": self.tokenizer().decode(request["tokens"], skip_special_tokens=True)}


def main():
    missing = import_packages()
    if missing:
        return fail("packages-missing", f"Python cannot import {', '.join(missing)}.", missing=missing)
    try:
        reference = Reference(sys.argv[1], "--weights-from-stdin" in sys.argv[2:])
    except Exception as error:
        return fail("model-refused", f"{type(error).__name__}: {error}")
    send("done", **reference.versions())
    for request in requests():
        try:
            send("done", **getattr(reference, request["do"])(request))
        except Exception as error:
            return fail("request-failed", f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(1)
