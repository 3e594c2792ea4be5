namespace Switchboard.Rules.Feel.Compilation;

/// <summary>Lines and columns of a text.</summary>
internal static class TextPosition
{
    public static FeelProblem Problem(string text, string code, string message, TextSpan span, bool isError = true)
    {
        var (line, column) = Of(text, span.Start);
        return new FeelProblem(code, message, span, line, column) { IsError = isError };
    }

    /// <summary>Both from 1.</summary>
    public static (int Line, int Column) Of(string text, int offset)
    {
        var (line, begin) = (1, 0);
        for (var i = 0; i < Math.Min(offset, text.Length); i++)
        {
            if (text[i] == '\n')
                (line, begin) = (line + 1, i + 1);
        }
        return (line, offset - begin + 1);
    }
}
