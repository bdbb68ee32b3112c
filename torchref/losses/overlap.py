import torch

from ._common import by_class, dense


def dice_loss(
    inputs,
    targets,
    smooth=1.0,
    *,
    activation="sigmoid",
    per="batch",
    squared=False,
    overlap="product",
    denominator_floor=0.0,
    log_floor=None,
    absent="keep",
    class_weight=None,
    weight_mode="scale",
    classes=None,
    mask=None,
    ignore_index=None,
    reduction="mean",
    channel_dim=1,
):
    power = 2 if squared else 1
    p, t, w = _prepared(
        inputs, targets, activation, class_weight, classes, mask, ignore_index, channel_dim
    )
    inside = w if weight_mode == "inside" else torch.ones_like(w)
    tp = p * t if overlap == "product" or squared else torch.minimum(p, t)
    tp, sum_p, sum_t = (
        _pooled(inside * term, per, channel_dim) for term in (tp, p**power, t**power)
    )
    top, bottom = smooth if isinstance(smooth, tuple | list) else (smooth, smooth)
    denominator = (sum_p + sum_t + bottom).clamp(min=denominator_floor)
    loss = 1 - (2 * tp + top) / denominator
    return _averaged(
        loss, _pooled(t, per, channel_dim), w, absent, weight_mode, log_floor, 1.0, per, reduction
    )


def tversky_loss(
    inputs,
    targets,
    alpha=0.5,
    beta=0.5,
    smooth=1.0,
    exponent=1.0,
    *,
    activation="sigmoid",
    per="batch",
    squared=False,
    overlap="product",
    denominator_floor=0.0,
    log_floor=None,
    absent="keep",
    class_weight=None,
    weight_mode="scale",
    classes=None,
    mask=None,
    ignore_index=None,
    reduction="mean",
    channel_dim=1,
):
    p, t, w = _prepared(
        inputs, targets, activation, class_weight, classes, mask, ignore_index, channel_dim
    )
    inside = w if weight_mode == "inside" else torch.ones_like(w)
    power = 2 if squared else 1
    tp = p * t if overlap == "product" or squared else torch.minimum(p, t)
    terms = (tp, p**power - tp, t**power - tp)
    tp, fp, fn = (_pooled(inside * term, per, channel_dim) for term in terms)
    top, bottom = smooth if isinstance(smooth, tuple | list) else (smooth, smooth)
    denominator = (tp + alpha * fp + beta * fn + bottom).clamp(min=denominator_floor)
    loss = 1 - (tp + top) / denominator
    positives = _pooled(t, per, channel_dim)
    return _averaged(loss, positives, w, absent, weight_mode, log_floor, exponent, per, reduction)


def generalized_dice_loss(
    inputs,
    targets,
    smooth=1e-5,
    *,
    volume_weight="square",
    activation="sigmoid",
    per="sample",
    overlap="product",
    classes=None,
    mask=None,
    ignore_index=None,
    reduction="mean",
    channel_dim=1,
):
    # 1 / smooth is beyond float16: its ratios are formed in float32
    dtype = inputs.dtype
    if targets.is_floating_point():
        dtype = torch.promote_types(dtype, targets.dtype)
        targets = targets.float() if targets.dtype.itemsize == 2 else targets
    inputs = inputs.float() if inputs.dtype.itemsize == 2 else inputs
    p, t, _ = _prepared(inputs, targets, activation, None, classes, mask, ignore_index, channel_dim)
    tp = p * t if overlap == "product" else torch.minimum(p, t)
    each = "class" if per == "batch" else "sample_class"
    tp, sum_p, volume = (_pooled(term, each, channel_dim) for term in (tp, p, t))
    power = {"square": 2, "simple": 1, "uniform": 0}[volume_weight]
    rows = []
    for row in volume:
        weights = [1 / n**power if n > 0 or not power else None for n in row]
        largest = max([w for w in weights if w is not None], default=torch.zeros_like(row[0]))
        rows.append(torch.stack([largest if w is None else w for w in weights]))
    v = torch.stack(rows)
    top, bottom = smooth if isinstance(smooth, tuple | list) else (smooth, smooth)
    loss = 1 - (2 * (v * tp).sum(1) + top) / ((v * (sum_p + volume)).sum(1) + bottom)
    loss = loss[0] if per == "batch" else loss
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction].to(dtype)


def _prepared(inputs, targets, activation, class_weight, classes, mask, ignore_index, channel_dim):
    """Probabilities, targets and weights of the classes that count; 0 where masked."""
    t, kept = dense(inputs, targets, mask, ignore_index, channel_dim)
    p = {
        "sigmoid": lambda x: x.sigmoid(),
        "softmax": lambda x: x.softmax(channel_dim),
        None: lambda x: x,
    }[activation](inputs)
    p = torch.where(kept, p, 0)
    w = by_class(1.0 if class_weight is None else class_weight, p, channel_dim)
    if classes is not None:
        p, t = (a.index_select(channel_dim, torch.tensor(classes)) for a in (p, t))
        w = w.index_select(channel_dim, torch.tensor(classes)) if w.ndim else w
    return p, t, w


def _pooled(term, per, channel_dim):
    """The sum as (samples, classes)."""
    if per == "batch":
        return term.sum().reshape(1, 1)
    term = term.movedim(channel_dim, 1).flatten(2).sum(2) if term.ndim > 2 else term
    return {
        "class": lambda: term.sum(0, keepdim=True),
        "sample": lambda: term.sum(1, keepdim=True),
        "sample_class": lambda: term,
    }[per]()


def _averaged(loss, positives, w, absent, weight_mode, log_floor, exponent, per, reduction):
    if log_floor is not None:
        loss = -torch.log((1 - loss).clamp(min=log_floor))
    loss = loss**exponent
    w = w.reshape(1, -1) if w.ndim and weight_mode != "inside" else torch.ones_like(loss)
    w = w.expand(loss.shape)
    present = positives > 0
    if absent != "keep":
        loss = torch.where(present, loss, 0)
    if absent == "skip":
        w = torch.where(present, w, 0)
    if reduction == "none":
        weighed = w * loss
        return {
            "batch": lambda: weighed[0, 0],
            "class": lambda: weighed[0],
            "sample": lambda: weighed[:, 0],
            "sample_class": lambda: weighed,
        }[per]()
    if reduction == "sum":
        return (w * loss).sum()
    if weight_mode == "mean" or absent == "skip":
        total = w.sum(1)
        mean = torch.where(total > 0, (w * loss).sum(1) / torch.where(total > 0, total, 1), 1)
        return mean.mean()
    return (w * loss).mean()
