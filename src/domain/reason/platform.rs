//! The reasons that marketplaces' own APIs give, and what the seller should do.

use entity::types::FailureStage;

use super::Text;
use super::failure::FailureTexts;

const fn push(is_retryable: bool, title: Text, explanation: Text, remedy: Text) -> FailureTexts {
    FailureTexts {
        stage: FailureStage::Push,
        is_retryable,
        title,
        explanation,
        remedy,
    }
}

pub(super) const PAUSED_BY_HAND: FailureTexts = push(
    true,
    Text::new("Paused", "Dijeda"),
    Text::new(
        "Somebody paused the store, so nothing is sent to it.",
        "Toko dijeda secara manual, sehingga tidak ada yang dikirim.",
    ),
    Text::new(
        "Resume the store. What waits is sent then; resync what was given up in the meantime.",
        "Lanjutkan toko. Yang menunggu akan dikirim; sinkronkan lagi yang telah dihentikan.",
    ),
);

pub(super) const SIGNATURE_REFUSED: FailureTexts = push(
    false,
    Text::new("Signature refused", "Tanda tangan ditolak"),
    Text::new(
        "The marketplace does not accept the signature, so the key or the secret of the app is wrong. Nothing more is sent to the store.",
        "Marketplace menolak tanda tangan karena kunci atau rahasia aplikasi salah. Tidak ada lagi yang dikirim ke toko.",
    ),
    Text::new(
        "Connect the store again with the app's key and secret as the marketplace shows them, then resync.",
        "Hubungkan kembali toko dengan kunci dan rahasia aplikasi yang benar, lalu sinkronkan lagi.",
    ),
);

pub(super) const PERMISSION_MISSING: FailureTexts = push(
    false,
    Text::new("Permission missing", "Izin kurang"),
    Text::new(
        "The account that connected the store may not change its stock. Nothing more is sent to the store.",
        "Akun yang menghubungkan toko tidak boleh mengubah stok. Tidak ada lagi yang dikirim ke toko.",
    ),
    Text::new(
        "Give the app the permission to manage products, connect the store again with the shop's main account, then resync.",
        "Beri aplikasi izin mengelola produk, hubungkan kembali toko dengan akun utama, lalu sinkronkan lagi.",
    ),
);

pub(super) const SHOP_NOT_LINKED: FailureTexts = push(
    false,
    Text::new("Shop not linked", "Toko tidak tertaut"),
    Text::new(
        "The shop is not linked to the app any more. Nothing more is sent to it.",
        "Toko tidak lagi tertaut dengan aplikasi. Tidak ada lagi yang dikirim ke toko.",
    ),
    Text::new(
        "Authorise the app in the marketplace's seller centre, connect the store again, then resync.",
        "Otorisasi aplikasi di seller center marketplace, hubungkan kembali toko, lalu sinkronkan lagi.",
    ),
);

pub(super) const SHOP_BANNED: FailureTexts = push(
    false,
    Text::new("Shop banned", "Toko diblokir"),
    Text::new(
        "The marketplace has banned the shop. Nothing more is sent to it.",
        "Marketplace memblokir toko ini. Tidak ada lagi yang dikirim ke toko.",
    ),
    Text::new(
        "Settle it with the marketplace's seller support, connect the store again, then resync.",
        "Selesaikan dengan dukungan penjual marketplace, hubungkan kembali toko, lalu sinkronkan lagi.",
    ),
);

pub(super) const APP_KEY_EXPIRED: FailureTexts = push(
    false,
    Text::new("App key expired", "Kunci aplikasi kedaluwarsa"),
    Text::new(
        "The key of the app has expired. Nothing more is sent to the store.",
        "Kunci aplikasi sudah kedaluwarsa. Tidak ada lagi yang dikirim ke toko.",
    ),
    Text::new(
        "Renew the key in the marketplace's developer console, connect the store again with it, then resync.",
        "Perbarui kunci di konsol pengembang marketplace, hubungkan kembali toko, lalu sinkronkan lagi.",
    ),
);

pub(super) const SERVER_NOT_ALLOWED: FailureTexts = push(
    false,
    Text::new("Server not allowed", "Server tidak diizinkan"),
    Text::new(
        "The marketplace does not take calls from this server's address. Nothing more is sent to the store.",
        "Marketplace menolak panggilan dari alamat server ini. Tidak ada lagi yang dikirim ke toko.",
    ),
    Text::new(
        "Ask the operator to add the server's address to the app's list of allowed addresses, connect the store again, then resync.",
        "Minta operator menambahkan alamat server ke daftar alamat yang diizinkan, hubungkan kembali toko, lalu sinkronkan lagi.",
    ),
);

pub(super) const DAILY_LIMIT: FailureTexts = push(
    true,
    Text::new("Daily limit reached", "Batas harian tercapai"),
    Text::new(
        "The calls that the marketplace allows for a day are used up.",
        "Jumlah panggilan harian yang diizinkan marketplace sudah habis.",
    ),
    Text::new(
        "Nothing: it is sent when the next day begins at the marketplace. If it happens often, ask the marketplace for a higher limit.",
        "Tidak perlu apa-apa: dikirim saat hari berikutnya dimulai di marketplace. Jika sering terjadi, minta batas yang lebih tinggi.",
    ),
);

pub(super) const VARIANT_NOT_FOUND: FailureTexts = push(
    false,
    Text::new("Variant not found", "Varian tidak ditemukan"),
    Text::new(
        "The product is there, but the variant is unknown on the marketplace.",
        "Produk ada, tetapi variannya tidak dikenal di marketplace.",
    ),
    Text::new(
        "Check the variant id of the store SKU's listing; the variant may have been deleted or made anew.",
        "Periksa id varian pada SKU toko; varian mungkin sudah dihapus atau dibuat ulang.",
    ),
);

pub(super) const VARIANT_REQUIRED: FailureTexts = push(
    false,
    Text::new("Variant missing", "Varian belum diisi"),
    Text::new(
        "The product has variants, and the store SKU's listing names none.",
        "Produk memiliki varian, tetapi SKU toko tidak menyebutkannya.",
    ),
    Text::new(
        "Give the store SKU's listing its variant id, then resync.",
        "Isi id varian pada SKU toko, lalu sinkronkan lagi.",
    ),
);

pub(super) const LOCATION_NOT_FOUND: FailureTexts = push(
    false,
    Text::new("Location not found", "Lokasi tidak ditemukan"),
    Text::new(
        "The marketplace does not know the listing's location, or the product is not stocked there.",
        "Marketplace tidak mengenal lokasi ini, atau produk tidak disimpan di sana.",
    ),
    Text::new(
        "Check the location id of the store SKU's listing, and stock the product at that location on the marketplace.",
        "Periksa id lokasi pada SKU toko, dan aktifkan produk pada lokasi itu di marketplace.",
    ),
);

pub(super) const LOCATION_REQUIRED: FailureTexts = push(
    false,
    Text::new("Location missing", "Lokasi belum diisi"),
    Text::new(
        "The shop has several locations, and the store SKU's listing names none.",
        "Toko memiliki beberapa lokasi, tetapi SKU toko tidak menyebutkannya.",
    ),
    Text::new(
        "Give the store SKU's listing its location id, then resync.",
        "Isi id lokasi pada SKU toko, lalu sinkronkan lagi.",
    ),
);

pub(super) const LISTING_NOT_EDITABLE: FailureTexts = push(
    false,
    Text::new("Listing not editable", "Produk tidak dapat diubah"),
    Text::new(
        "The listing may not be changed in the state that it is in.",
        "Produk tidak dapat diubah dalam status saat ini.",
    ),
    Text::new(
        "Look the listing up in the marketplace's seller centre: it may be under review, banned or deleted. Then resync.",
        "Periksa produk di seller center: mungkin sedang ditinjau, diblokir, atau dihapus. Lalu sinkronkan lagi.",
    ),
);

pub(super) const STOCK_MANAGED_ELSEWHERE: FailureTexts = push(
    false,
    Text::new("Stock kept by the marketplace", "Stok dikelola marketplace"),
    Text::new(
        "The marketplace or its warehouse keeps the stock of this listing by itself.",
        "Marketplace atau gudangnya mengelola sendiri stok produk ini.",
    ),
    Text::new(
        "Take the listing out of the sync rule, or end the fulfilment by the marketplace for it.",
        "Keluarkan produk dari aturan sinkronisasi, atau hentikan fulfilment oleh marketplace.",
    ),
);

pub(super) const SELLER_PENALIZED: FailureTexts = push(
    false,
    Text::new("Seller under a penalty", "Penjual terkena penalti"),
    Text::new(
        "The marketplace does not let a seller who is under a penalty change stock.",
        "Marketplace tidak mengizinkan penjual yang terkena penalti mengubah stok.",
    ),
    Text::new(
        "Settle the penalty in the marketplace's seller centre, then resync.",
        "Selesaikan penalti di seller center marketplace, lalu sinkronkan lagi.",
    ),
);

pub(super) const PROMOTION_LOCKED: FailureTexts = push(
    true,
    Text::new("In a promotion", "Sedang promosi"),
    Text::new(
        "The listing is in a promotion or a campaign, which locks its stock.",
        "Produk sedang dalam promosi atau kampanye yang mengunci stoknya.",
    ),
    Text::new(
        "It is tried again later. To sync sooner, take the listing out of the promotion, then resync.",
        "Akan dicoba lagi nanti. Agar lebih cepat, keluarkan produk dari promosi, lalu sinkronkan lagi.",
    ),
);

pub(super) const STOCK_RESERVED: FailureTexts = push(
    true,
    Text::new("Stock reserved", "Stok dicadangkan"),
    Text::new(
        "The quantity is below what the marketplace has reserved for orders or a campaign.",
        "Jumlah lebih kecil dari stok yang dicadangkan untuk pesanan atau kampanye.",
    ),
    Text::new(
        "It is tried again later. To sync sooner, ship or cancel the orders, or lower the campaign's stock, then resync.",
        "Akan dicoba lagi nanti. Agar lebih cepat, proses pesanan atau kurangi stok kampanye, lalu sinkronkan lagi.",
    ),
);

pub(super) const HOLIDAY_MODE: FailureTexts = push(
    true,
    Text::new("Holiday mode", "Mode libur"),
    Text::new(
        "The shop is in holiday mode, in which its stock cannot be changed.",
        "Toko dalam mode libur sehingga stok tidak dapat diubah.",
    ),
    Text::new(
        "It is tried again later. To sync sooner, end the holiday mode, then resync.",
        "Akan dicoba lagi nanti. Agar lebih cepat, akhiri mode libur, lalu sinkronkan lagi.",
    ),
);

pub(super) const QUANTITY_NOT_TAKEN: FailureTexts = push(
    false,
    Text::new("Quantity not taken", "Jumlah tidak berubah"),
    Text::new(
        "The marketplace answered with success, but the listing shows another quantity.",
        "Marketplace menjawab berhasil, tetapi produk menampilkan jumlah lain.",
    ),
    Text::new(
        "Check the product and variant ids of the store SKU's listing, and that the marketplace manages the listing's stock. Then resync.",
        "Periksa id produk dan varian SKU toko, dan pastikan stoknya dikelola marketplace. Lalu sinkronkan lagi.",
    ),
);

pub(super) const QUANTITY_CHANGED: FailureTexts = push(
    true,
    Text::new("Changed in the meantime", "Berubah sementara itu"),
    Text::new(
        "The quantity was changed on the marketplace while it was pushed.",
        "Jumlah berubah di marketplace saat sedang dikirim.",
    ),
    Text::new(
        "Nothing: it is pushed again by itself. If it goes on, stop other tools that change the stock of this store.",
        "Tidak perlu apa-apa: dikirim lagi otomatis. Jika berlanjut, hentikan alat lain yang mengubah stok toko ini.",
    ),
);

pub(super) const UNRECOGNISED: FailureTexts = push(
    true,
    Text::new("Unknown answer", "Jawaban tidak dikenal"),
    Text::new(
        "The marketplace refused with a code that this server does not know. The message is shown as it came.",
        "Marketplace menolak dengan kode yang tidak dikenal. Pesannya ditampilkan apa adanya.",
    ),
    Text::new(
        "It is tried again a few times. If it fails, read the marketplace's message, mend what it names, then resync.",
        "Dicoba lagi beberapa kali. Jika tetap gagal, baca pesan marketplace, perbaiki, lalu sinkronkan lagi.",
    ),
);
