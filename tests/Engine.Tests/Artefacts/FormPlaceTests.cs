using FluentAssertions;

using Switchboard.Runtime.Artefacts.Kinds;

using Xunit;

namespace Switchboard.Engine.Tests.Artefacts;

/// <summary>What is wrong with a form is said on the line of the component that it is wrong with.</summary>
public sealed class FormPlaceTests
{
    [Fact]
    public void A_problem_is_where_its_component_begins_and_not_where_its_name_stands_first()
    {
        var form = new FormContent("""
            {
              "schemaVersion": 19, "id": "amount",
              "components": [
                {"type": "number", "key": "amount"},
                {"type": "group", "components": [
                  {"type": "text", "text": "ä"},
                  {"type": "number", "key": "amount"},
                  {"key": "no type"}
                ]},
                {"type": "textfield"}, 5
              ],
              "tests": [{"name": "amount", "data": {"list": [1, {}, [2]]}, "hidden": []}]
            }
            """);

        form.Problems.Select(problem => (problem.Code, problem.Line)).Should().Equal(
            ("duplicate_key", 7), ("required", 8), ("required", 10), ("required", 1));
        form.Components.Select(component => component.Line).Should().Equal(4, 5, 6, 7, 10);
    }
}
