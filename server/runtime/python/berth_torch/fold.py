"""Which steps of a traced module become one node of the graph file.

By op, a step stands for itself; what shares another's memory (views, work in place), what computes no tensor (sizes, assertions) and what nobody reads (counters)
goes along with the step that it belongs to. By module, steps that run one after the other in one module are one node.
"""

import heapq


def folded(graph, by, keep_whole=()):
    """Groups of steps, as lists of names of inputs and nodes, each list in execution order, the lists in an order in which they can run.

    by: "op" or "module". keep_whole: classes whose instances are one node each; by module those that the module lists, too.
    """
    layers = whole_layers(graph, by, keep_whole)
    if by == "module":
        return [[each.name] for each in graph.inputs] + _runs(graph, layers)
    return _by_op(graph, layers)


def whole_layers(graph, by, keep_whole):
    """Layers that are one node each."""
    listed = [layer for name, places in graph.keep_whole.items() if by == "module" or name in keep_whole for layer in places]
    return listed + [place for name in keep_whole if name not in graph.keep_whole for place in _layers_of(graph.module, name)]


def _layers_of(module, class_name):
    return [path.replace(".", "/") for path, part in module.named_modules() if type(part).__name__ == class_name and path]


def place_of(node, whole):
    """The layer that a step is drawn and counted in: its module's, or the one around it that is kept whole."""
    around = [layer for layer in whole if node.layer == layer or node.layer.startswith(layer + "/")]
    return min(around, key=len) if around else node.layer


def _runs(graph, whole):
    runs, last = [], None
    for node in graph.nodes:
        place = place_of(node, whole)
        if place != last:
            runs.append([])
        runs[-1].append(node.name)
        last = place
    return runs


def _by_op(graph, whole):
    fold = _Fold(graph)
    for layer in whole:
        inside = [node.name for node in graph.nodes if place_of(node, [layer]) == layer]
        for name in inside[1:]:
            fold.join(inside[0], name)
    for node in graph.nodes:
        home = _home(graph, fold, node)
        if home is not None:
            fold.join(home, node.name)
    return fold.groups()


def _home(graph, fold, node):
    """The step that a step goes along with, or None."""
    if node.alias_of in fold.readers:  # an input or a step
        return node.alias_of
    idle = not node.outputs
    if idle and node.inputs:
        return node.inputs[0]
    if node.inputs or not (idle or node.alias_of is not None):
        return None
    readers = fold.readers[node.name]
    if readers:
        return readers[0]
    beside = [other.name for other in graph.nodes if other.layer == node.layer and other is not node]
    return beside[0] if beside else None


class _Fold:
    """Steps and what is joined of them. No join makes a cycle: one that would is left out."""

    def __init__(self, graph):
        self.names = [each.name for each in graph.inputs] + [node.name for node in graph.nodes]
        self.readers = {name: [] for name in self.names}
        for node in graph.nodes:
            for name in node.inputs:
                self.readers[name].append(node.name)
        self._members = {name: [name] for name in self.names}
        self._root = {name: name for name in self.names}

    def join(self, one, other):
        a, b = self._root[one], self._root[other]
        if a == b or self._goes_round(a, b) or self._goes_round(b, a):
            return False
        self._members[a] += self._members.pop(b)
        for name in self._members[a]:
            self._root[name] = a
        return True

    def _goes_round(self, start, end):
        """Whether a way leads from one group to another through a third."""
        seen = {start}
        todo = [root for root in self._next(start) if root != end]
        while todo:
            root = todo.pop()
            if root in seen:
                continue
            seen.add(root)
            following = self._next(root)
            if end in following:
                return True
            todo += following
        return False

    def _next(self, root):
        return {self._root[reader] for name in self._members[root] for reader in self.readers[name]} - {root}

    def groups(self):
        """In an order in which they can run: of those that could be next, the one that begins first."""
        order = {name: place for place, name in enumerate(self.names)}
        waits = {root: 0 for root in self._members}
        for root in self._members:
            for following in self._next(root):
                waits[following] += 1
        ready = [(min(order[name] for name in self._members[root]), root) for root, count in waits.items() if count == 0]
        heapq.heapify(ready)
        result = []
        while ready:
            _, root = heapq.heappop(ready)
            result.append(sorted(self._members[root], key=order.__getitem__))
            for following in self._next(root):
                waits[following] -= 1
                if waits[following] == 0:
                    heapq.heappush(ready, (min(order[name] for name in self._members[following]), following))
        return result
