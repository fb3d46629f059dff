"""The compact network's training step in PyTorch; run by `benchmarks.training` with the Python of .venv-bench."""

import sys
import time

import torch
from torch import nn
from torch.nn import functional

N_BINS, N_SPECIES, BATCH, N_FRAMES = 64, 10, 16, 200


class Compact(nn.Module):
    """Canopy's compact trunk and its head."""

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        before = 2
        for channels in (16, 32, 64, 128):
            for given in (before, channels):
                blocks += [nn.Conv2d(given, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels, momentum=0.1)]
                blocks.append(nn.ReLU(inplace=True))
            blocks.append(nn.AvgPool2d(2))
            before = channels
        self.trunk = nn.Sequential(*blocks)
        self.hidden, self.dropout = nn.Linear(before, 128), nn.Dropout(0.25)
        self.segments, self.attention = nn.Linear(128, N_SPECIES), nn.Linear(128, N_SPECIES)

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map features `(batch, 1, n_frames, n_bins)` to clipwise and framewise logits."""
        coordinate = torch.linspace(-1, 1, N_BINS).expand_as(features)
        steps = self.trunk(torch.cat([features, coordinate], dim=1)).mean(dim=3)
        pooled = functional.max_pool1d(steps, 3, 1, 1) + functional.avg_pool1d(steps, 3, 1, 1, count_include_pad=False)
        hidden = self.dropout(functional.relu(self.hidden(self.dropout(pooled).transpose(1, 2))))
        segments, scores = self.segments(hidden).float(), self.attention(hidden).float()
        clip = (torch.softmax(torch.tanh(scores), dim=1) * segments).sum(dim=1)
        frames = functional.interpolate(segments.transpose(1, 2), size=N_FRAMES, mode="linear")
        return clip, frames.transpose(1, 2)


def masked_bce(labels: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """Binary cross entropy over ternary labels."""
    weight = torch.where(labels == 0, 0.1, 1.0)
    entropy = functional.softplus(logits) - (labels > 0).float() * logits
    return (weight * entropy).sum() / weight.sum()


def main() -> None:
    precision, layout, n_steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(2)
    torch.manual_seed(1)
    torch.set_flush_denormal(True)
    model = Compact()
    features = torch.randn(BATCH, 1, N_FRAMES, N_BINS)
    if layout == "channels_last":
        model = model.to(memory_format=torch.channels_last)
        features = features.to(memory_format=torch.channels_last)
    clip, frames = torch.randint(-1, 2, (BATCH, N_SPECIES)), torch.randint(-1, 2, (BATCH, N_FRAMES, N_SPECIES))
    weights = list(model.parameters())
    optimizer = torch.optim.AdamW(weights, 1e-3, weight_decay=0.01, foreach=True)
    averages = [weight.detach().clone() for weight in weights]
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        for _ in range(n_steps):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
                clip_logits, frame_logits = model(features)
            loss = masked_bce(clip, clip_logits) + 0.5 * masked_bce(frames, frame_logits)
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 5.0)
            optimizer.step()
            torch._foreach_lerp_(averages, [weight.detach() for weight in weights], 0.01)
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main()
