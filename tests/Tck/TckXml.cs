using System.Globalization;
using System.Xml.Linq;

using Switchboard.Rules.Feel;

namespace Switchboard.Tck;

/// <summary>Reads values as the suite writes them.</summary>
internal static class TckXml
{
    private static readonly XNamespace Instance = "http://www.w3.org/2001/XMLSchema-instance";

    public static IEnumerable<XElement> Children(XElement element, string name) => element.Elements().Where(child => child.Name.LocalName == name);

    public static XElement? Child(XElement element, string name) => Children(element, name).FirstOrDefault();

    /// <summary>The input nodes of a case, as one context.</summary>
    public static FeelContext Inputs(XElement test) => Context("inputs", Children(test, "inputNode"));

    /// <summary>The value inside an element: a value, a list or components.</summary>
    public static FeelValue Value(XElement holder)
    {
        if (Child(holder, "list") is { } list)
            return IsNil(list) ? default : FeelValue.Of(Children(list, "item").Select(Value).ToList());
        if (Child(holder, "component") is not null)
            return FeelValue.Of(Context("value", Children(holder, "component")));
        return Child(holder, "value") is { } value && !IsNil(value) ? Simple(value) : default;
    }

    private static FeelRow Context(string name, IEnumerable<XElement> entries)
    {
        var named = entries.Select(entry => (Name: entry.Attribute("name")!.Value, Value: IsNil(entry) ? default : Value(entry))).DistinctBy(entry => entry.Name).ToList();
        return new FeelRow(new RowShape(name, named.ConvertAll(entry => new RowField(entry.Name, FeelType.Any))), [.. named.Select(entry => entry.Value)]);
    }

    private static bool IsNil(XElement element) => element.Attribute(Instance + "nil")?.Value is "true" or "1";

    private static FeelValue Simple(XElement value)
    {
        var text = value.Value;
        // The prefix differs from file to file; the local name says the type.
        var type = value.Attribute(Instance + "type")?.Value.Split(':')[^1] ?? "string";
        return type switch
        {
            "string" => FeelValue.Of(text),
            "boolean" => FeelValue.Of(text.Trim() is "true" or "1"),
            "decimal" or "double" or "float" or "integer" or "int" or "long" => FeelValue.Of(decimal.Parse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture)),
            "date" => Literal($"date(\"{text.Trim()}\")"),
            "time" => Literal($"time(\"{text.Trim()}\")"),
            "dateTime" => Literal($"date and time(\"{text.Trim()}\")"),
            "duration" => Literal($"duration(\"{text.Trim()}\")"),
            _ => throw new FormatException($"The suite has a value of type {type}."),
        };
    }

    private static FeelValue Literal(string feel) => FeelExpression.Parse(feel, FeelScope.Empty).Evaluate(new FeelValue[1], new FeelRun(TimeProvider.System));
}
