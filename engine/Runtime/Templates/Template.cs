using System.Globalization;
using System.Text.Json.Nodes;

using HandlebarsDotNet;

namespace Switchboard.Runtime.Templates;

/// <summary>
/// A Handlebars template, compiled. Beside Handlebars' own blocks it knows <c>{{#switch value}}{{#case "a"}}…{{/case}}
/// {{#default}}…{{/default}}{{/switch}}</c> and <c>{{comment value}}</c>, which makes a value safe within a line comment.
/// </summary>
public sealed class Template
{
    private const string Chosen = "__chosen";

    private readonly HandlebarsTemplate<object, object> render;

    private Template(TemplateTarget target, HandlebarsTemplate<object, object> render)
    {
        Target = target;
        this.render = render;
    }

    public TemplateTarget Target { get; }

    /// <exception cref="TemplateException">The text is no template, or would insert a value without escaping it.</exception>
    public static Template Compile(string name, string text, TemplateTarget target)
    {
        RefuseUnescaped(name, text, target);
        var handlebars = Handlebars.Create(new HandlebarsConfiguration { TextEncoder = target, FormatProvider = CultureInfo.InvariantCulture });
        handlebars.RegisterHelper("comment", (output, _, arguments) => output.WriteSafeString(OneLine(arguments[0])));
        handlebars.RegisterHelper("switch", (output, options, context, arguments) =>
        {
            using var frame = options.CreateFrame(context);
            var choice = new Choice(arguments[0]?.ToString());
            var scope = new Dictionary<string, object?>((IDictionary<string, object?>)context.Value!) { [Chosen] = choice };
            options.Template(output, scope);
        });
        handlebars.RegisterHelper("case", (output, options, context, arguments) =>
        {
            var choice = ChoiceOf(name, context);
            if (choice.Taken || !string.Equals(choice.Value, arguments[0]?.ToString(), StringComparison.Ordinal))
                return;
            choice.Taken = true;
            options.Template(output, context);
        });
        handlebars.RegisterHelper("default", (output, options, context, _) =>
        {
            if (!ChoiceOf(name, context).Taken)
                options.Template(output, context);
        });
        try
        {
            return new Template(target, handlebars.Compile(text));
        }
        catch (HandlebarsException e)
        {
            throw new TemplateException("template_syntax", $"The template {name} does not parse: {e.Message}", e) { Line = LineOf(e.Message) };
        }
    }

    /// <inheritdoc cref="Render(TemplateModel)"/>
    public string Render(JsonObject model) => Render(TemplateModel.Of(model));

    /// <param name="model">What the template names; a name that is missing inserts nothing.</param>
    /// <exception cref="TemplateException">The template failed on this model.</exception>
    public string Render(TemplateModel model)
    {
        try
        {
            return render(model.Members);
        }
        catch (HandlebarsException e)
        {
            throw new TemplateException("template_failed", $"The template could not be filled: {e.Message}", e);
        }
    }

    private static void RefuseUnescaped(string name, string text, TemplateTarget target)
    {
        if (target == TemplateTarget.Text)
            return;
        var line = 0;
        foreach (var row in text.Split('\n'))
        {
            line++;
            if (row.Contains("{{{", StringComparison.Ordinal) || row.Contains("{{&", StringComparison.Ordinal))
                throw new TemplateException("template_unescaped", $"{name}, line {line}: {{{{{{…}}}}}} inserts a value without escaping; write {{{{…}}}}.") { Line = line };
            if (target == TemplateTarget.PowerShell && BareValue(row) is { } value)
                throw new TemplateException("template_unquoted", $"{name}, line {line}: {{{{{value}}}}} stands outside of single quotes; write '{{{{{value}}}}}'.") { Line = line };
        }
    }

    /// <summary>The first inserted value of a line of PowerShell that is not within single quotes, or null.</summary>
    private static string? BareValue(string row)
    {
        var quoted = false;
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i] == '\'')
                quoted = !quoted;
            if (!row.AsSpan(i).StartsWith("{{"))
                continue;
            var end = row.IndexOf("}}", i, StringComparison.Ordinal);
            var expression = end < 0 ? row[(i + 2)..] : row[(i + 2)..end];
            var inserts = expression is not ['#' or '/' or '!' or '^', ..] && expression.Trim() != "else"
                && !expression.StartsWith("comment ", StringComparison.Ordinal) && !expression.StartsWith("else ", StringComparison.Ordinal);
            if (inserts && !quoted)
                return expression.Trim();
            i = end < 0 ? row.Length : end + 1;
        }
        return null;
    }

    /// <summary>Handlebars.Net writes the place into the message alone: "Occured at:3:14".</summary>
    private static int? LineOf(string message) =>
        message.Split("Occured at:") is [_, var place, ..] && int.TryParse(place.Split(':')[0], CultureInfo.InvariantCulture, out var line) ? line : null;

    private static Choice ChoiceOf(string name, Context context) =>
        context.Value is IDictionary<string, object?> scope && scope.TryGetValue(Chosen, out var choice) && choice is Choice found
            ? found
            : throw new TemplateException("template_failed", $"The template {name} has a case outside of a switch.");

    private static string OneLine(object? value) => string.Concat(
        (value?.ToString() ?? "").Select(character => char.IsControl(character) || character is '\u2028' or '\u2029' ? ' ' : character))
        .Replace("#>", "# >", StringComparison.Ordinal);

    private sealed class Choice(string? value)
    {
        public string? Value { get; } = value;

        public bool Taken { get; set; }
    }
}

/// <summary>A template that does not compile or cannot be filled; the message names it and the line.</summary>
public sealed class TemplateException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;

    /// <summary>Of the template, from 1; null where it is not known.</summary>
    public int? Line { get; init; }
}
