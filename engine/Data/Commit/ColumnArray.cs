using Npgsql;

using NpgsqlTypes;

namespace Switchboard.Data.Commit;

/// <summary>One column of many rows as the typed array that a statement over <c>unnest</c> takes.</summary>
internal static class ColumnArray
{
    /// <summary>How a value of the type is cast in SQL, which is also the element type of its array.</summary>
    public static string SqlType(NpgsqlDbType type) => type switch
    {
        NpgsqlDbType.Uuid => "uuid",
        NpgsqlDbType.Text or NpgsqlDbType.Varchar => "text",
        NpgsqlDbType.Bigint => "int8",
        NpgsqlDbType.Integer => "int4",
        NpgsqlDbType.Smallint => "int2",
        NpgsqlDbType.Boolean => "bool",
        NpgsqlDbType.Numeric => "numeric",
        NpgsqlDbType.Double => "float8",
        NpgsqlDbType.Date => "date",
        NpgsqlDbType.TimestampTz => "timestamptz",
        NpgsqlDbType.Jsonb => "jsonb",
        NpgsqlDbType.Bytea => "bytea",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Steps write uuid, text, numbers, booleans, dates, instants, jsonb and bytea."),
    };

    /// <exception cref="InvalidCastException">A value is not of the CLR type that the column takes.</exception>
    public static NpgsqlParameter Of(Column column, int at, ReadOnlySpan<object?[]> rows) => new()
    {
        NpgsqlDbType = NpgsqlDbType.Array | column.Type,
        Value = Values(column, at, rows),
    };

    public static NpgsqlParameter Of<T>(NpgsqlDbType type, T[] values) => new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values };

    private static Array Values(Column column, int at, ReadOnlySpan<object?[]> rows)
    {
        try
        {
            return column.Type switch
            {
                NpgsqlDbType.Uuid => Structs<Guid>(at, rows),
                NpgsqlDbType.Bigint => Structs<long>(at, rows),
                NpgsqlDbType.Integer => Structs<int>(at, rows),
                NpgsqlDbType.Smallint => Structs<short>(at, rows),
                NpgsqlDbType.Boolean => Structs<bool>(at, rows),
                NpgsqlDbType.Numeric => Structs<decimal>(at, rows),
                NpgsqlDbType.Double => Structs<double>(at, rows),
                NpgsqlDbType.Date => Structs<DateOnly>(at, rows),
                NpgsqlDbType.TimestampTz => Instants(at, rows),
                NpgsqlDbType.Bytea => Objects<byte[]>(at, rows),
                NpgsqlDbType.Jsonb => Texts(at, rows, StorableText.OfJson),
                _ => Texts(at, rows, StorableText.Of),
            };
        }
        catch (InvalidCastException e)
        {
            throw new InvalidCastException($"A row has a value of the wrong type for column {column.Name} ({column.Type}): {e.Message}", e);
        }
        catch (IndexOutOfRangeException e)
        {
            throw new InvalidCastException($"A row ends before column {column.Name}, the {at + 1}. of its table.", e);
        }
    }

    /// <summary>An array of plain values; of nullable ones only when a row has none, because those cost Npgsql more.</summary>
    private static Array Structs<T>(int at, ReadOnlySpan<object?[]> rows)
        where T : struct
    {
        var plain = new T[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i][at] is not { } value)
                return Nullables<T>(at, rows);
            plain[i] = (T)value;
        }
        return plain;
    }

    /// <summary>Npgsql takes instants in UTC only.</summary>
    private static DateTimeOffset?[] Instants(int at, ReadOnlySpan<object?[]> rows)
    {
        var values = new DateTimeOffset?[rows.Length];
        for (var i = 0; i < rows.Length; i++)
            values[i] = ((DateTimeOffset?)rows[i][at])?.ToUniversalTime();
        return values;
    }

    private static T?[] Nullables<T>(int at, ReadOnlySpan<object?[]> rows)
        where T : struct
    {
        var values = new T?[rows.Length];
        for (var i = 0; i < rows.Length; i++)
            values[i] = (T?)rows[i][at];
        return values;
    }

    private static T?[] Objects<T>(int at, ReadOnlySpan<object?[]> rows)
        where T : class
    {
        var values = new T?[rows.Length];
        for (var i = 0; i < rows.Length; i++)
            values[i] = (T?)rows[i][at];
        return values;
    }

    private static string?[] Texts(int at, ReadOnlySpan<object?[]> rows, Func<string, string> storable)
    {
        var values = new string?[rows.Length];
        for (var i = 0; i < rows.Length; i++)
            values[i] = (string?)rows[i][at] is { } text ? storable(text) : null;
        return values;
    }

    /// <summary>The bytes that a row takes on the wire, roughly: what bounds a batch.</summary>
    public static int SizeBytes(object?[] row)
    {
        var size = 0;
        foreach (var value in row)
        {
            size += value switch
            {
                null => 4,
                string text => 4 + text.Length,
                byte[] bytes => 4 + bytes.Length,
                _ => 20,
            };
        }
        return size;
    }
}
