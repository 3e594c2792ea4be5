using System.Buffers;
using System.Text;

using HandlebarsDotNet;

namespace Switchboard.Runtime.Templates;

/// <summary>
/// What a template produces, which decides how the values that it inserts are escaped. Taken from the ending before
/// <c>.hbs</c>: a value must never become markup, code or a formula of the document that it lands in.
/// </summary>
public sealed class TemplateTarget : ITextEncoder
{
    /// <summary>PowerShell takes each of these for the quote that ends a single-quoted string (about_Quoting_Rules).</summary>
    private const string PowerShellQuotes = "'\u2018\u2019\u201A\u201B";

    private static readonly SearchValues<char> CsvSpecials = SearchValues.Create("\",;\r\n\t");
    private static readonly HtmlEncoder HtmlEncoder = new();

    private readonly Action<string, TextWriter> escape;

    private TemplateTarget(string ending, string contentType, Action<string, TextWriter> escape)
    {
        Ending = ending;
        ContentType = contentType;
        this.escape = escape;
    }

    public static TemplateTarget Html { get; } = new("html", "text/html; charset=utf-8", (text, writer) => HtmlEncoder.Encode(text, writer));

    public static TemplateTarget Text { get; } = new("txt", "text/plain; charset=utf-8", (text, writer) => writer.Write(text));

    /// <summary>Values belong inside single-quoted strings; <see cref="Template"/> refuses them anywhere else.</summary>
    public static TemplateTarget PowerShell { get; } = new("ps1", "text/plain; charset=utf-8", EscapePowerShell);

    public static TemplateTarget Csv { get; } = new("csv", "text/csv; charset=utf-8", EscapeCsv);

    public static IReadOnlyList<TemplateTarget> All { get; } = [Html, Text, PowerShell, Csv];

    public string Ending { get; }

    public string ContentType { get; }

    /// <exception cref="ArgumentException">The name has no known ending before <c>.hbs</c>.</exception>
    public static TemplateTarget Of(string fileName) => Path.GetExtension(Path.GetFileNameWithoutExtension(fileName)) switch
    {
        ".html" => Html,
        ".txt" => Text,
        ".ps1" => PowerShell,
        ".csv" => Csv,
        var other => throw new ArgumentException(
            $"The template {fileName} produces '{other}'; name it <key>.html.hbs, .txt.hbs, .ps1.hbs or .csv.hbs.", nameof(fileName)),
    };

    public void Encode(StringBuilder? text, TextWriter target) => escape(text?.ToString() ?? "", target);

    public void Encode(string? text, TextWriter target) => escape(text ?? "", target);

    public void Encode<T>(T? text, TextWriter target)
        where T : IEnumerator<char>
    {
        var all = new StringBuilder();
        while (text?.MoveNext() == true)
            all.Append(text.Current);
        escape(all.ToString(), target);
    }

    private static void EscapePowerShell(string text, TextWriter writer)
    {
        foreach (var character in text)
        {
            if (PowerShellQuotes.Contains(character, StringComparison.Ordinal))
                writer.Write(character);
            // A control character has no business in a name or a number; a line break could end a comment or a here-string.
            writer.Write(char.IsControl(character) || character is '\u2028' or '\u2029' ? ' ' : character);
        }
    }

    private static void EscapeCsv(string text, TextWriter writer)
    {
        if (text.Length > 0 && "=+-@\t\r\uFF1D\uFF0B\uFF0D\uFF20".Contains(text[0], StringComparison.Ordinal))
            text = "'" + text;
        writer.Write(text.AsSpan().IndexOfAny(CsvSpecials) < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
    }
}
