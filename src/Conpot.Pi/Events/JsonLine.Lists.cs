namespace Conpot.Pi.Events;

/// <summary>Arrays: of words, numbers and texts; never one in another.</summary>
internal ref partial struct JsonLine
{
    /// <summary>Begins an array; only items until <see cref="CloseList"/>.</summary>
    public void OpenList(scoped ReadOnlySpan<byte> name)
    {
        if (!Name(name, 1)) return;
        _buffer[_length++] = (byte)'[';
        _list = true;
        _comma = false;
    }

    public void CloseList()
    {
        if (!_list) return;
        _buffer[_length++] = (byte)']';
        _list = false;
        _comma = true;
    }

    /// <summary>As <see cref="Word"/>, in an array.</summary>
    public void WordItem(scoped ReadOnlySpan<byte> ascii)
    {
        if (!Item(ascii.Length + 2)) return;
        _buffer[_length++] = (byte)'"';
        Append(ascii);
        _buffer[_length++] = (byte)'"';
    }

    /// <summary>As <see cref="Number"/>, in an array.</summary>
    public void NumberItem(long value)
    {
        if (Item(20)) AppendNumber(value);
    }

    /// <summary>UTF-8 text from a stranger, in an array.</summary>
    public void TextItem(scoped ReadOnlySpan<byte> utf8, int limit)
    {
        if (Item(2)) AppendQuoted(utf8, limit);
    }

    private bool Item(int size)
    {
        if (!_list || !Fits(size + 1)) return false;
        if (_comma) _buffer[_length++] = (byte)',';
        _comma = true;
        return true;
    }
}
