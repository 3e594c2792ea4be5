namespace Switchboard.Rules.Rete;

/// <summary>
/// The activations that wait: the highest priority first; among equals the one that was found first, or, depth-first, the one
/// that was found last. An activation whose match is gone stays until it comes up, and is then passed over.
/// </summary>
internal sealed class Agenda(AgendaOrder order)
{
    private readonly List<(decimal Priority, Line Line)> lines = [];

    public void Add(Activation activation, decimal own)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Priority == own)
            {
                lines[i].Line.Add(activation);
                return;
            }
            if (lines[i].Priority < own)
            {
                lines.Insert(i, (own, new Line(activation)));
                return;
            }
        }
        lines.Add((own, new Line(activation)));
    }

    /// <summary>The priority of the next one; null where nothing waits. What is gone is handed to the session.</summary>
    public decimal? Peek(RuleSession session)
    {
        foreach (var (priority, line) in lines)
        {
            while (line.Count > 0)
            {
                var next = line.Peek(order);
                if (!next.IsGone)
                    return priority;
                line.Take(order);
                session.Recycle(next);
            }
        }
        return null;
    }

    /// <summary>Takes what <see cref="Peek"/> saw.</summary>
    public Activation Take()
    {
        foreach (var (_, line) in lines)
        {
            if (line.Count > 0)
                return line.Take(order);
        }
        throw new InvalidOperationException("Nothing waits.");
    }

    public void Clear()
    {
        foreach (var (_, line) in lines)
            line.Clear();
    }

    /// <summary>The ones that wait.</summary>
    public IEnumerable<Activation> Waiting => lines.SelectMany(line => line.Line.All()).Where(activation => !activation.IsGone);

    /// <summary>A queue and a stack in one ring.</summary>
    private sealed class Line
    {
        private Activation?[] ring = new Activation?[16];
        private int first;

        public Line(Activation activation) => Add(activation);

        public int Count { get; private set; }

        public void Add(Activation activation)
        {
            if (Count == ring.Length)
            {
                var larger = new Activation?[ring.Length * 2];
                Array.Copy(ring, first, larger, 0, ring.Length - first);
                Array.Copy(ring, 0, larger, ring.Length - first, first);
                (ring, first) = (larger, 0);
            }
            ring[(first + Count++) & (ring.Length - 1)] = activation;
        }

        public Activation Peek(AgendaOrder order) => ring[order == AgendaOrder.Fifo ? first : (first + Count - 1) & (ring.Length - 1)]!;

        public Activation Take(AgendaOrder order)
        {
            var at = order == AgendaOrder.Fifo ? first : (first + Count - 1) & (ring.Length - 1);
            var taken = ring[at]!;
            ring[at] = null;
            if (order == AgendaOrder.Fifo)
                first = (first + 1) & (ring.Length - 1);
            Count--;
            return taken;
        }

        public void Clear()
        {
            Array.Clear(ring);
            first = Count = 0;
        }

        public IEnumerable<Activation> All()
        {
            for (var i = 0; i < Count; i++)
                yield return ring[(first + i) & (ring.Length - 1)]!;
        }
    }
}
