namespace Switchboard.Rules.Dmn.Analysis;

/// <summary>A set of inputs: for each column some of its classes, in any combination.</summary>
internal readonly record struct InputBox(ClassSet[] Columns)
{
    public bool IsEmpty => Array.Exists(Columns, column => column.IsEmpty);

    public bool Meets(InputBox other)
    {
        for (var i = 0; i < Columns.Length; i++)
        {
            if (!Columns[i].Meets(other.Columns[i]))
                return false;
        }
        return true;
    }

    public InputBox And(InputBox other)
    {
        var columns = new ClassSet[Columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = Columns[i].And(other.Columns[i]);
        }
        return new InputBox(columns);
    }

    /// <summary>What is left without another box, as boxes that do not meet: at most one a column.</summary>
    public IEnumerable<InputBox> Without(InputBox other)
    {
        if (!Meets(other))
        {
            yield return this;
            yield break;
        }
        var inside = (ClassSet[])Columns.Clone();
        for (var i = 0; i < Columns.Length; i++)
        {
            var outside = Columns[i].Without(other.Columns[i]);
            if (!outside.IsEmpty)
            {
                var piece = (ClassSet[])inside.Clone();
                piece[i] = outside;
                yield return new InputBox(piece);
            }
            inside[i] = Columns[i].And(other.Columns[i]);
        }
    }
}
