"""From what was traced and measured to a graph in Berth's own format (`schemas/graph.schema.json`)."""

from .fold import folded, place_of, whole_layers


class Costs:
    """What each step costs.

    seconds: (name, phase) → seconds of a run, phase "forward" or "backward"; no backward where there is none.
    held, scratch: name → bytes, as `Memory` in gauges.py says.
    """

    def __init__(self, seconds, held, scratch):
        self.seconds = seconds
        self.held = held
        self.scratch = scratch


def graph_document(name, graph, costs, by, training, keep_whole, profile):
    """The graph file as JSON values. profile: what else is told of how it was made, for `metadata.profile`."""
    groups = folded(graph, by, keep_whole)
    whole = whole_layers(graph, by, keep_whole)
    nodes = _Nodes(graph, costs, training, groups, whole)
    names = nodes.names(by)
    metadata = {"name": name, "profile": {**profile, **_known(graph)}}
    if graph.keep_whole:
        metadata["keepWhole"] = {kind: list(layers) for kind, layers in graph.keep_whole.items()}
    return {
        "apiVersion": "berth.dev/v1alpha1",
        "kind": "Graph",
        "metadata": metadata,
        "nodes": [nodes.node(index, names) for index in range(len(groups))],
        "edges": nodes.edges(names),
    }


def _known(graph):
    read = {name for node in graph.nodes for name in node.parameters}
    storages = {graph.stored[name].storage for name in read}
    unread = [each.name for each in graph.stored.values() if each.kind == "parameter" and each.storage not in storages]
    known = {"way": graph.way, "fingerprint": graph.fingerprint}
    if graph.failures:
        known["untraced"] = graph.failures
    if graph.ties:
        known["ties"] = [list(names) for names in graph.ties]
    if unread:
        known["unread"] = unread
    return known


class _Nodes:
    def __init__(self, graph, costs, training, groups, whole):
        self._graph = graph
        self._costs = costs
        self._training = training
        self._groups = groups
        self._whole = whole
        self._steps = {node.name: node for node in graph.nodes}
        self._inputs = {each.name: each for each in graph.inputs}
        self._group_of = {name: index for index, group in enumerate(groups) for name in group}
        self._readers = {}  # name of a step → indices of groups beside its own that read it
        for node in graph.nodes:
            for name in node.inputs:
                if self._group_of[name] != self._group_of[node.name]:
                    self._readers.setdefault(name, []).append(self._group_of[node.name])
        self._first = {}  # storage of a parameter → the group that counts its bytes
        self._together = list(range(len(groups)))
        self._bind_shared()

    def _bind_shared(self):
        for index, group in enumerate(self._groups):
            for stored in self._stored(group, "parameter"):
                first = self._first.setdefault(stored.storage, index)
                if first != index:
                    self._together[self._root(index)] = self._root(first)

    def _root(self, index):
        while self._together[index] != index:
            index = self._together[index]
        return index

    def _stored(self, group, kind):
        """What the steps of a group read of the module's own, each memory once."""
        steps = [self._steps[name] for name in group if name in self._steps]
        names = [name for step in steps for name in (step.parameters if kind == "parameter" else step.buffers)]
        return list({self._graph.stored[name].storage: self._graph.stored[name] for name in reversed(names) if name in self._graph.stored}.values())[::-1]

    def names(self, by):
        """One name for each group: of its first step that has weights, or its first; by module its layer."""
        taken, names = set(), []
        for group in self._groups:
            title = group[0]
            steps = [self._steps[name] for name in group if name in self._steps]
            if steps and by == "module":
                title = place_of(steps[0], self._whole) or self._graph.module.__class__.__name__
            elif steps:
                title = next((step.name for step in steps if step.parameters), group[0])
            name, count = title, 1
            while name in taken:
                count += 1
                name = f"{title}#{count}"
            taken.add(name)
            names.append(name)
        return names

    def node(self, index, names):
        group = self._groups[index]
        steps = [self._steps[name] for name in group if name in self._steps]
        parameters = self._stored(group, "parameter")
        persistent = sum(each.tensor.bytes for each in parameters if self._first[each.storage] == index)
        persistent += sum(each.tensor.bytes for each in self._stored(group, "buffer"))
        main = max(steps, key=self._weight) if steps else None
        op = {"type": main.op if main else "input"}
        if len(group) > 1:
            op["steps"] = group
            layers = list(dict.fromkeys(step.layer for step in steps))
            if len(layers) > 1:
                op["layers"] = layers
        if main and main.module_class:
            op["class"] = main.module_class
        if parameters:
            op["parameters"] = [each.name for each in parameters]
        buffers = [each.name for each in self._stored(group, "buffer") if each.kind == "buffer"]
        if buffers:
            op["buffers"] = buffers
        node = {"name": names[index], "compute": _duration(self._seconds(group, "forward") or 0)}
        backward = self._seconds(group, "backward")
        if backward is not None:
            node["backward"] = _duration(backward)
        node["memory"] = self._memory(group, persistent)
        layer = place_of(main, self._whole) if main else ""
        if layer:
            node["layer"] = layer
        root = self._root(index)
        if any(self._root(other) == root for other in range(len(self._groups)) if other != index):
            node["group"] = f"shares {names[root]}"
        node["op"] = op
        return node

    def _weight(self, step):
        held = sum(self._graph.stored[name].tensor.bytes for name in step.parameters)
        return (held, self._costs.seconds.get((step.name, "forward"), 0))

    def _seconds(self, group, phase):
        found = [self._costs.seconds[name, phase] for name in group if (name, phase) in self._costs.seconds]
        return sum(found) if found else None

    def _memory(self, group, persistent):
        leaving = [name for name in group if name in self._readers or name in self._graph.outputs]
        out = self._leaving_bytes(group, leaving)
        held = sum(self._costs.held.get(name, 0) for name in group)
        scratch = max((self._costs.scratch.get(name, 0) for name in group), default=0)
        if self._training:
            output = max(held, out)
        else:
            output = out
            scratch += max(0, self._inner_peak(group, set(leaving)) - out)
        memory = {"persistent": persistent, "temporary": scratch, "output": output}
        return {key: f"{nbytes}B" for key, nbytes in memory.items() if nbytes > 0}

    def _leaving_bytes(self, group, leaving):
        """Bytes of the memories that others read, each once."""
        homes = {}
        for name in leaving:
            if name in self._inputs:
                homes[name] = self._inputs[name].tensor.bytes
                continue
            step = self._steps[name]
            size = sum(tensor.bytes for tensor in step.outputs)
            home = step.alias_of if step.alias_of in group else name
            own = self._steps[home].outputs if home in self._steps else ()
            homes[home] = max(homes.get(home, 0), sum(tensor.bytes for tensor in own) if home != name else size)
        return sum(homes.values())

    def _inner_peak(self, group, leaving):
        """Most bytes of outputs alive at once, where what only the group reads goes after its last reader in it."""
        last = {}
        for place, name in enumerate(group):
            for read in self._steps[name].inputs if name in self._steps else ():
                last[read] = place
        alive = peak = 0
        sizes = {}
        for place, name in enumerate(group):
            sizes[name] = self._costs.held.get(name, 0)
            alive += sizes[name]
            peak = max(peak, alive)
            for read in self._steps[name].inputs if name in self._steps else ():
                if last[read] == place and read in sizes and read not in leaving:
                    alive -= sizes.pop(read)
        return peak

    def edges(self, names):
        result = []
        for name, readers in self._readers.items():
            if name in self._inputs:
                size = self._inputs[name].tensor.bytes
            else:
                size = sum(tensor.bytes for tensor in self._steps[name].outputs)
            source = self._group_of[name]
            for reader in dict.fromkeys(readers):
                result.append((source, reader, name, size))
        result.sort(key=lambda edge: (edge[1], self._reading_place(edge)))
        return [{"from": names[source], "to": names[reader], "tensor": tensor, "size": f"{size}B"} for source, reader, tensor, size in result]

    def _reading_place(self, edge):
        """Where among the inputs of the reading group a tensor is first read."""
        place = 0
        for name in self._groups[edge[1]]:
            for read in self._steps[name].inputs if name in self._steps else ():
                if read == edge[2]:
                    return place
                place += 1
        return place


def _duration(seconds):
    """As the format writes it, in microseconds; no run takes no time."""
    return f"{max(1, round(seconds * 1e6))}us"
